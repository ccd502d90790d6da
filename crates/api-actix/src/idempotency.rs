//! `Idempotency-Key` middleware (draft-ietf-httpapi-idempotency-key-header): executes a repeated
//! request once and replays its response.

mod answer;
mod fingerprint;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use domain::model::{Fingerprint, IdempotencyKey};
use domain::ports::IdempotencyState;
use domain::service::{Caller, Services};

use crate::auth::Identity;
use crate::client_address;
use crate::input::{MAX_BODY, document_limit};
use crate::problem::{Code, Problem, rendered};

pub(crate) use answer::{is_decision, mark_document};

/// Name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Middleware for an operation: stores its response under the key of the request, and replays it
/// for a repeated request. A request without a key passes unchanged; so does one without a valid
/// token, which the operation rejects.
pub(crate) async fn keep(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = known_caller(&request);
    carry_out(&services, Kept { scope, secret: None, limit: MAX_BODY }, request, next).await
}

/// [`keep`] for an operation whose body is a document.
pub(crate) async fn keep_document(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (scope, limit) = (known_caller(&request), document_limit(request.request()));
    carry_out(&services, Kept { scope, secret: None, limit }, request, next).await
}

/// [`keep`] for sign-up. Sign-up requires no token, so the address identifies clients without one.
/// The password in the body is excluded from the comparison.
pub(crate) async fn keep_sign_up(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = known_caller(&request).or_else(|| client(&request));
    let kept = Kept { scope, secret: Some("/owner/password"), limit: MAX_BODY };
    carry_out(&services, kept, request, next).await
}

/// Parameters of the key of a request.
struct Kept {
    /// Owner of the key; none if the key is ignored.
    scope: Option<String>,
    /// JSON Pointer to the secret in the body that must not be stored.
    secret: Option<&'static str>,
    /// Maximum size of the body, in bytes.
    limit: usize,
}

async fn carry_out(
    services: &Services,
    kept: Kept,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limit = kept.limit;
    let (key, asked) = match keyed(kept, &mut request).await {
        Ok(Some(keyed)) => keyed,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let problem = match services.idempotency.begin(key, asked).await {
        Ok((IdempotencyState::New, reservation)) => {
            let caller = caller(&request);
            if let Err(refusal) = services.limits.may_keep_response(caller.as_ref()) {
                answer::forget(services, &reservation).await;
                return Ok(request.error_response(Problem::from(refusal)));
            }
            let response = rendered(next.call(request).await?.map_into_boxed_body());
            return answer::kept(services, caller.as_ref(), &reservation, response).await;
        }
        Ok((IdempotencyState::Completed(stored), _)) => {
            return answer::again(request, stored, limit).await;
        }
        Ok((IdempotencyState::InProgress, _)) => Problem::new(Code::IdempotencyKeyInUse),
        Ok((IdempotencyState::Mismatch, _)) => Problem::new(Code::IdempotencyKeyReused),
        Err(cause) => cause.into(),
    };
    Ok(request.error_response(problem))
}

/// Returns the scoped key and the fingerprint of a request.
async fn keyed(
    Kept { scope, secret, limit }: Kept,
    request: &mut ServiceRequest,
) -> Result<Option<(IdempotencyKey, Fingerprint)>, Problem> {
    let mut sent = request.headers().get_all(HEADER);
    let (Some(scope), Some(value)) = (scope, sent.next()) else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| sent.next().is_none()).unwrap_or_default();
    let key = IdempotencyKey::parse(scope, text)
        .map_err(|_| Problem::new(Code::InvalidIdempotencyKey))?;
    let asked = fingerprint::of(request, secret, limit).await?;
    // The caller was revoked while the body was read and must not get the stored response.
    if matches!(request.extensions().get(), Some(Identity(Err(_)))) {
        return Ok(None);
    }
    Ok(asked.map(|asked| (key, asked)))
}

/// Caller with a valid token.
fn caller(request: &ServiceRequest) -> Option<Caller> {
    request.extensions().get::<Identity>()?.0.as_ref().ok()?.clone()
}

/// Scope of a caller with a valid token: two callers never share a key.
fn known_caller(request: &ServiceRequest) -> Option<String> {
    match caller(request)? {
        Caller::Admin(context) => Some(format!("admin/{}", context.admin().id())),
        Caller::Operator(_) => Some("operator".to_owned()),
    }
}

/// Scope of a client that sent no token.
fn client(request: &ServiceRequest) -> Option<String> {
    let anonymous = matches!(request.extensions().get(), Some(Identity(Ok(None))));
    anonymous.then(|| format!("client/{}", client_address::of(request.request())))
}
