//! Measures every request on its way through.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::Metrics;

/// The value of a label for whatever this server does not know: clients can send what they like,
/// and each value is kept for ever.
const OTHER: &str = "other";
/// The methods that have a value of their own.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Counts the request, and the time until there is an answer to it. The route is the one that the
/// description of the interface has, such as `/v1/organizations/{organization_id}`.
pub(crate) async fn measure(
    metrics: Data<Metrics>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let method = known(request.method());
    let response = next.call(request).await?;
    let route = response.request().match_pattern();
    let route = route.as_deref().unwrap_or(OTHER);
    metrics.count(method, route, response.status().as_str(), started.elapsed());
    Ok(response)
}

fn known(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}
