//! Request ids, for responses, the log and audit trails.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use domain::model::RequestId;
use tracing::{Instrument, field};

use crate::client_address;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Middleware that assigns the request id, opens the tracing span of the request, and returns the
/// id in a header.
pub(crate) async fn trace(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = named(request.headers());
    let header = HeaderValue::from_str(id.as_str());
    let (method, path) = (request.method().as_str(), loggable(request.path()));
    let client = client_address::of(request.request());
    let (caller, status, latency_us) = (field::Empty, field::Empty, field::Empty);
    // At level `error`, so that every log event of the request carries its id.
    let span = tracing::error_span!(
        "request", request_id = %id, %client, caller, method, path, status, latency_us
    );
    request.extensions_mut().insert(id);
    let started = Instant::now();
    let mut response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    if let Ok(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    span.record("status", response.status().as_u16());
    span.record("latency_us", u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX));
    span.in_scope(|| tracing::info!("request completed"));
    Ok(response)
}

/// Request id of the client if it is valid, else a generated one.
fn named(headers: &HeaderMap) -> RequestId {
    let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
    sent.and_then(|text| RequestId::parse(text).ok()).unwrap_or_else(fresh)
}

/// Generates an id: unique within this process, and very likely among all processes.
pub(crate) fn fresh() -> RequestId {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| (RandomState::new().hash_one(0) >> 32) as u32);
    static COUNT: AtomicU32 = AtomicU32::new(1);
    RequestId::numbered(*PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Path without the document id, because clients may use personal data such as e-mail addresses as
/// ids.
fn loggable(path: &str) -> &str {
    const DOCUMENTS: &str = "/documents/";
    path.find(DOCUMENTS).map_or(path, |at| &path[..at + DOCUMENTS.len()])
}
