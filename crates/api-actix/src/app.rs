//! The complete HTTP application, for the server and for tests.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, rt, web};
use domain::service::Services;

use crate::api_description::ApiDescription;
use crate::metrics::Metrics;
use crate::openapi::{documented, openapi};
use crate::options::{AppOptions, Routes};
use crate::problem::{Code, Problem};
use crate::{
    client_address, cors, flow_control, head, idle, in_flight, metrics, not_found, problem,
    request_id, system,
};

/// Builds the application: `routes` over `services` with all middleware. `metrics` counts requests.
pub fn app(
    routes: Routes,
    services: web::Data<Services>,
    metrics: web::Data<Metrics>,
    options: AppOptions,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let app = documented(routes, options.dialects).into_app();
    let app = if routes == Routes::Metrics { app } else { app.configure(system::pages) };
    let (origins, proxies) = (options.origins.clone(), options.proxies.clone());
    let description = ApiDescription::new(options.dialects, openapi);
    let least_rate = options.streams.options().least_rate;
    app.default_service(web::to(not_found::refuse))
        .app_data(web::Data::new(description))
        .app_data(web::Data::new(options.streams.clone()))
        .app_data(web::Data::new(options.in_flight.clone()))
        .app_data(services)
        .app_data(metrics.clone())
        .wrap(from_fn(head::head_as_get))
        .wrap(from_fn(not_found::refuse_encoded))
        .wrap(from_fn(problem::render))
        .wrap(from_fn(move |request, next| cors::allow(origins.clone(), request, next)))
        .wrap(from_fn(system::headers::add))
        .wrap(from_fn(request_id::trace))
        .wrap(from_fn(move |request, next| metrics::measure(metrics.clone(), request, next)))
        .wrap(from_fn(in_flight::hold_until_sent))
        .wrap(from_fn(run_detached))
        .wrap(from_fn(move |request, next| client_address::find(proxies.clone(), request, next)))
        .wrap(from_fn(move |request, next| idle::mark(least_rate, request, next)))
        .wrap(from_fn(flow_control::track))
}

/// Middleware that runs changing requests in a task of their own. The server drops the future of a
/// request when its client disconnects; a change still has to complete, to be logged and, with an
/// Idempotency-Key, to store its response.
async fn run_detached(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method().is_safe() {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    match rt::spawn(next.call(request)).await {
        Ok(answer) => Ok(answer?.map_into_boxed_body()),
        Err(ended) => match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server shuts down, and the request exceeded the drain timeout.
            Err(cancelled) => Err(Problem::new(Code::Internal).caused_by(cancelled).into()),
        },
    }
}
