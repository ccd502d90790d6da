//! Middleware that measures every request.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::Metrics;

/// Label value for unknown methods and routes. Clients can send arbitrary values, and each label
/// value would be kept for ever.
const OTHER: &str = "other";
/// Methods with their own label value.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// Counts the request and measures the time until its response. The route label is the path
/// template of the OpenAPI document, such as `/v1/organizations/{organization_id}`.
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
