//! CORS middleware (Fetch standard, "CORS protocol") with a list of allowed origins.
//!
//! Requests from any other origin are served without CORS headers, and the browser withholds the
//! response from the page. Allowed origins may send requests with credentials, because clients of
//! the reference APIs do. Such credentials (cookies) grant nothing here: scripts send tokens
//! explicitly, and browsers never add them.

mod origin;

use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

pub use origin::{InvalidOrigin, Origin};

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
/// Request headers that scripts may send in addition to the safelisted ones.
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
/// Response headers that scripts may read in addition to the safelisted ones.
const ANSWER_HEADERS: &str = "Allow, Content-Disposition, ETag, Idempotent-Replayed, Link, Location, RateLimit, \
     RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id";
/// Time in seconds that a browser may cache a preflight response; Chromium's maximum.
const MAX_AGE: &str = "7200";

/// Responds to preflight requests, and adds CORS headers to all other responses.
pub(crate) async fn allow(
    allowed: Arc<[Origin]>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if allowed.is_empty() {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let asked = request.headers().get(ORIGIN);
    let origin = allowed.iter().find(|origin| asked == Some(origin.value()));
    let mut response = match origin {
        Some(_) if asks_beforehand(&request) => request.into_response(permission()),
        _ => next.call(request).await?.map_into_boxed_body(),
    };
    let headers = response.headers_mut();
    // Caches must not serve a response for one origin to another.
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.value().clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(ANSWER_HEADERS));
    }
    Ok(response)
}

fn asks_beforehand(request: &ServiceRequest) -> bool {
    let asked = request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    asked && request.method() == Method::OPTIONS
}

/// Preflight response with all allowed methods and headers; the browser compares them.
fn permission() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish()
}
