//! Stored responses and their replay.

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use actix_web::{Error, HttpMessage, HttpResponse};
use domain::model::{Document, DocumentId, Reservation, StoredResponse};
use domain::ports::{Causes, StoreError};
use domain::service::{Caller, Services};

use crate::input;
use crate::offload;
use crate::problem::{Code, Problem, Rendered};

/// Marks a replayed response.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Response headers that are stored; all others belong to the exchange.
const STORED_HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];
/// Maximum size of a stored response, in bytes. The largest one is an organization with 16 KiB of
/// metadata.
const MAX_STORED: usize = 32 * 1024;

/// Marks a response whose body is the request's document, with this id.
struct DocumentResponse(DocumentId);

/// Marks the body of `response` as the request's document with the id `id`: only the id is stored.
pub(crate) fn mark_document(response: &mut HttpResponse, id: &DocumentId) {
    response.extensions_mut().insert(DocumentResponse(id.clone()));
}

/// Stores `response` under the reserved key if it is final, else releases the key. Returns the same
/// response.
pub(super) async fn store(
    services: &Services,
    caller: Option<&Caller>,
    reservation: &Reservation,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !is_final(response.response()) {
        release(services, reservation).await;
        return Ok(response);
    }
    let (request, mut response) = response.into_parts();
    let document = response.extensions_mut().remove().map(|DocumentResponse(id)| id);
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await?;
    let headers = STORED_HEADERS.iter().filter_map(|name| {
        let value = head.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let stored = StoredResponse {
        status: head.status().as_u16(),
        headers: headers.collect(),
        body: match document {
            Some(_) => String::new(),
            None => String::from_utf8_lossy(&body).into_owned(),
        },
        document,
    };
    if stored.size() > MAX_STORED {
        release(services, reservation).await;
    } else {
        let key = reservation.key.to_string().len() + reservation.asked.0.len();
        services.limits.count_kept_response(caller, key + stored.size());
        log_failure(services.idempotency.finish(reservation, &stored).await);
    }
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

/// Releases the key.
pub(super) async fn release(services: &Services, reservation: &Reservation) {
    log_failure(services.idempotency.release(reservation).await);
}

/// Replays the stored response to a repeated request, whose body has at most `limit` bytes.
pub(super) async fn replay(
    mut request: ServiceRequest,
    stored: StoredResponse,
    limit: usize,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let body = match stored.document {
        Some(id) => match parse_sent_document(&mut request, id, limit).await {
            Ok(document) => document,
            Err(problem) => return Ok(request.error_response(problem)),
        },
        None => stored.body,
    };
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    for header in stored.headers {
        response.insert_header(header);
    }
    response.insert_header((REPLAYED, "true"));
    let mut response = response.body(body);
    response.extensions_mut().insert(Rendered);
    Ok(request.into_response(response))
}

/// Restores the document from the body of `request`, with the id that the first request assigned.
/// The fingerprint of the key proves that it is the same document, even if the stored one was
/// changed or removed since.
async fn parse_sent_document(
    request: &mut ServiceRequest,
    id: DocumentId,
    limit: usize,
) -> Result<String, Problem> {
    let payload = request.take_payload();
    let body = input::bytes(request.request(), payload, limit).await?;
    let length = body.len();
    let read = move || {
        let members = serde_json::from_slice(&body).map_err(internal)?;
        Ok(Document::parse(members, || id)?.json().to_owned())
    };
    offload::run(request.request(), length, read).await?
}

fn internal(cause: serde_json::Error) -> Problem {
    Problem::new(Code::Internal).caused_by(cause)
}

/// Whether a response with this status is stored: a success or a conflict. All other errors changed
/// nothing. They may be temporary (credentials, permissions, the state of the server), or require a
/// corrected request, which may use the same key (400, 404, 412, 413, 415).
pub(crate) fn is_decided(status: StatusCode) -> bool {
    status.is_success() || status == StatusCode::CONFLICT
}

/// Whether a later repetition of the request would get the same response.
fn is_final(response: &HttpResponse) -> bool {
    let problem = response.error().and_then(|error| error.as_error::<Problem>());
    let contended = problem.is_some_and(|problem| problem.code() == Code::Contended);
    is_decided(response.status()) && !contended
}

/// Logs a failure to store a response or to release a key. The response is sent anyway, and the
/// reservation expires.
fn log_failure(result: Result<(), StoreError>) {
    if let Err(cause) = result {
        tracing::warn!(error = %Causes(&cause), "idempotency key neither completed nor released");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transient_responses_are_not_stored() {
        let fleeting = [
            Code::Unauthenticated,
            Code::TokenExpired,
            Code::Forbidden,
            Code::OrganizationSuspended,
            Code::BadRequest,
            Code::MalformedJson,
            Code::ValidationFailed,
            Code::Contended,
            Code::PreconditionFailed,
            Code::RequestTimeout,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
            Code::RateLimited,
            Code::Internal,
            Code::StoreUnavailable,
            Code::QuotaExceeded,
            Code::Overloaded,
            Code::QueryTooExpensive,
            Code::Moving,
            Code::Capacity,
            Code::OrganizationNotFound,
            Code::RouteNotFound,
        ];
        let lasting = [Code::NameTaken, Code::EmailTaken, Code::DocumentExists];
        let response = |code| HttpResponse::from_error(Problem::new(code));
        for code in fleeting {
            assert!(!is_final(&response(code)), "{code:?}");
        }
        for code in lasting {
            assert!(is_final(&response(code)), "{code:?}");
        }
        assert!(is_final(&HttpResponse::Created().finish()));
    }
}
