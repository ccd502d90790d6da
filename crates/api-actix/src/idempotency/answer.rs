//! Answers that are kept, and given again.

use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use actix_web::{Error, HttpResponse};
use domain::model::{Reservation, StoredAnswer};
use domain::ports::{Causes, StoreError};
use domain::service::Services;

use crate::problem::{Code, Problem, Rendered};

/// Tells an answer that was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The headers that belong to an answer and not to the exchange.
const KEPT: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// The same answer, kept under the reserved key if it is final; otherwise the key is free again.
pub(super) async fn kept(
    services: &Services,
    reservation: &Reservation,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !is_final(response.response()) {
        note(services.idempotency.release(reservation).await);
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await?;
    let headers = KEPT.iter().filter_map(|name| {
        let value = head.headers().get(name)?.to_str().ok()?;
        Some((name.to_string(), value.to_owned()))
    });
    let answer = StoredAnswer {
        status: head.status().as_u16(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    note(services.idempotency.finish(reservation, &answer).await);
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

/// The answer that was kept, to a request that came again.
pub(super) fn again(request: ServiceRequest, stored: StoredAnswer) -> ServiceResponse<BoxBody> {
    let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    let mut answer = HttpResponse::build(status);
    for header in stored.headers {
        answer.insert_header(header);
    }
    answer.insert_header((REPLAYED, "true"));
    let mut answer = answer.body(stored.body);
    answer.extensions_mut().insert(Rendered);
    request.into_response(answer)
}

/// Whether an answer with this status is kept: the operation was carried out, or decided against. All
/// other refusals changed nothing and may end (credentials, permissions, the state of the server), or
/// ask for another request, which may come with the same key (400, 412, 413, 415).
pub(crate) fn is_decision(status: StatusCode) -> bool {
    status.is_success() || matches!(status, StatusCode::NOT_FOUND | StatusCode::CONFLICT)
}

/// Whether the same request would be answered the same later.
fn is_final(response: &HttpResponse) -> bool {
    let problem = response.error().and_then(|error| error.as_error::<Problem>());
    let contended = problem.is_some_and(|problem| problem.code() == Code::Contended);
    is_decision(response.status()) && !contended
}

/// The answer stands, whether it could be kept or not: a reservation ends by itself.
fn note(result: Result<(), StoreError>) {
    if let Err(cause) = result {
        tracing::warn!(error = %Causes(&cause), "an idempotency key was not settled");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_answered_otherwise_later_is_not_final() {
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
        ];
        let lasting =
            [Code::NameTaken, Code::EmailTaken, Code::DocumentExists, Code::OrganizationNotFound];
        let answer = |code| HttpResponse::from_error(Problem::new(code));
        for code in fleeting {
            assert!(!is_final(&answer(code)), "{code:?}");
        }
        for code in lasting {
            assert!(is_final(&answer(code)), "{code:?}");
        }
        assert!(is_final(&HttpResponse::Created().finish()));
    }
}
