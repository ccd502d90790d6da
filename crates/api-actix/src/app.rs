//! Everything an HTTP server of Tenantry answers, in one place for the server and for tests.

use std::sync::Arc;

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpMessage, HttpRequest, rt, web};
use domain::service::Services;
use futures_util::stream;

use crate::client_address::{self, TrustedProxies};
use crate::compat::Dialects;
use crate::cors::{self, Origin};
use crate::problem::{Code, Problem};
use crate::streams::Streams;
use crate::{
    InFlight, Metrics, idle, in_flight, metrics, openapi, problem, request_id, routing, system,
    unread,
};

/// What a listener answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routes {
    /// Everything.
    All,
    /// Everything but `/metrics`, which has a listener of its own.
    AllButMetrics,
    /// `/metrics` alone.
    Metrics,
}

/// How requests are met, whatever they ask for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct AppOptions {
    /// The origins whose pages may read answers.
    pub origins: Arc<[Origin]>,
    /// The proxies whose word about a client is taken.
    pub proxies: Arc<TrustedProxies>,
    /// The reference APIs that are mounted.
    pub dialects: Dialects,
    /// Limits and permits of imports and exports.
    pub streams: Streams,
    /// The bytes of requests and responses in memory.
    pub in_flight: InFlight,
}

/// The `routes` over `services`, with everything around them; `metrics` count what is answered.
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
    let app = openapi::documented(routes, options.dialects).into_app();
    let app = if routes == Routes::Metrics { app } else { app.configure(system::pages) };
    let origins = options.clone();
    let least_rate = options.streams.options().least_rate;
    app.default_service(web::to(routing::refuse))
        .app_data(web::Data::new(options.dialects))
        .app_data(web::Data::new(options.streams.clone()))
        .app_data(web::Data::new(options.in_flight.clone()))
        .app_data(services)
        .app_data(metrics.clone())
        .wrap(from_fn(head_as_get))
        .wrap(from_fn(routing::refuse_encoded))
        .wrap(from_fn(problem::render))
        .wrap(from_fn(move |request, next| cors::allow(origins.clone(), request, next)))
        .wrap(from_fn(system::headers::add))
        .wrap(from_fn(request_id::trace))
        .wrap(from_fn(move |request, next| metrics::measure(metrics.clone(), request, next)))
        .wrap(from_fn(in_flight::keep_until_sent))
        .wrap(from_fn(carry_out))
        .wrap(from_fn(unread::hold))
        .wrap(from_fn(move |request, next| client_address::find(options.clone(), request, next)))
        .wrap(from_fn(move |request, next| idle::mark(least_rate, request, next)))
}

/// A request that changes something is carried out, logged and, with an Idempotency-Key, kept to the
/// end, although its client may hang up: the server would drop it then, wherever it is.
async fn carry_out(
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
            // The server ends, and this request has outlasted the time to drain it.
            Err(cancelled) => Err(Problem::new(Code::Internal).caused_by(cancelled).into()),
        },
    }
}

/// Marks a request that asks for the head of its answer alone.
struct HeadOnly;

/// Whether `request` asks for the head of its answer alone: what is told of a GET, because of what it gives away, is not
/// told then.
pub(crate) fn is_head_only(request: &HttpRequest) -> bool {
    request.extensions().contains::<HeadOnly>()
}

/// HEAD is GET without the content (RFC 9110, section 9.3.2), which the protocol layer leaves out. It would ask for
/// all of it first: what is made while it is sent is not made then.
async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != Method::HEAD {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    request.head_mut().method = Method::GET;
    request.extensions_mut().insert(HeadOnly);
    let answer = next.call(request).await?.map_into_boxed_body();
    Ok(answer.map_body(|_, body| match body.size() {
        BodySize::Stream => BoxBody::new(BodyStream::new(stream::empty::<Result<Bytes, Error>>())),
        _ => body,
    }))
}
