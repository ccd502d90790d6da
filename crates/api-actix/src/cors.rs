//! Which pages of other origins may read answers (Fetch standard, "CORS protocol"): those on a
//! list.
//!
//! A request from any other origin is answered as if there were no such thing; its browser keeps
//! the answer to itself. Those on the list may send requests with credentials, as clients of the
//! reference APIs do; what is sent so gives nobody anything here, because tokens are sent by
//! scripts and not by browsers.

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
/// What a script may send beside the headers that every script may send.
const REQUEST_HEADERS: &str =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
/// What a script may read beside the headers that every script may read.
const ANSWER_HEADERS: &str = "Allow, Content-Disposition, ETag, Idempotent-Replayed, Link, Location, RateLimit, \
     RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id";
/// Seconds for which a browser need not ask again: as many as Chromium believes.
const MAX_AGE: &str = "7200";

/// Answers a browser that asks beforehand, and tells it on every other answer who may read it.
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
    // Caches must not hand to one origin what was meant for another.
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

/// The whole list, whatever was asked for: it is the browser that compares.
fn permission() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, METHODS))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS))
        .insert_header((ACCESS_CONTROL_MAX_AGE, MAX_AGE))
        .finish()
}
