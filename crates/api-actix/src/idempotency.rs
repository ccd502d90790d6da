//! `Idempotency-Key` middleware (draft-ietf-httpapi-idempotency-key-header): executes a repeated
//! request once and replays its response.

mod fingerprint;
mod stored_response;

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

pub(crate) use stored_response::{is_decided, mark_document};

/// Name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Middleware for an operation: stores its response under the key of the request, and replays it
/// for a repeated request. A request without a key passes unchanged; so does one without a valid
/// token, which the operation rejects.
pub(crate) async fn replay_or_run(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = authenticated_scope(&request);
    handle(&services, KeyOptions { scope, secret: None, limit: MAX_BODY }, request, next).await
}

/// [`replay_or_run`] for an operation whose body is a document.
pub(crate) async fn replay_or_run_document(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (scope, limit) = (authenticated_scope(&request), document_limit(request.request()));
    handle(&services, KeyOptions { scope, secret: None, limit }, request, next).await
}

/// [`replay_or_run`] for sign-up. Sign-up requires no token, so the address identifies clients
/// without one. The password in the body is excluded from the comparison.
pub(crate) async fn replay_or_run_sign_up(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = authenticated_scope(&request).or_else(|| anonymous_scope(&request));
    let options = KeyOptions { scope, secret: Some("/owner/password"), limit: MAX_BODY };
    handle(&services, options, request, next).await
}

/// Parameters of the key of a request.
struct KeyOptions {
    /// Owner of the key; none if the key is ignored.
    scope: Option<String>,
    /// JSON Pointer to the secret in the body that must not be stored.
    secret: Option<&'static str>,
    /// Maximum size of the body, in bytes.
    limit: usize,
}

async fn handle(
    services: &Services,
    options: KeyOptions,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let limit = options.limit;
    let (key, fingerprint) = match read_key(options, &mut request).await {
        Ok(Some(read_key)) => read_key,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let problem = match services.idempotency.begin(key, fingerprint).await {
        Ok((IdempotencyState::New, reservation)) => {
            let caller = caller(&request);
            if let Err(refusal) = services.limits.may_keep_response(caller.as_ref()) {
                stored_response::release(services, &reservation).await;
                return Ok(request.error_response(Problem::from(refusal)));
            }
            let response = rendered(next.call(request).await?.map_into_boxed_body());
            return stored_response::store(services, caller.as_ref(), &reservation, response).await;
        }
        Ok((IdempotencyState::Completed(stored), _)) => {
            return stored_response::replay(request, stored, limit).await;
        }
        Ok((IdempotencyState::InProgress, _)) => Problem::new(Code::IdempotencyKeyInUse),
        Ok((IdempotencyState::Mismatch, _)) => Problem::new(Code::IdempotencyKeyReused),
        Err(cause) => cause.into(),
    };
    Ok(request.error_response(problem))
}

/// Returns the scoped key and the fingerprint of a request.
async fn read_key(
    KeyOptions { scope, secret, limit }: KeyOptions,
    request: &mut ServiceRequest,
) -> Result<Option<(IdempotencyKey, Fingerprint)>, Problem> {
    let mut sent = request.headers().get_all(HEADER);
    let (Some(scope), Some(value)) = (scope, sent.next()) else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| sent.next().is_none()).unwrap_or_default();
    let key = IdempotencyKey::parse(scope, text)
        .map_err(|_| Problem::new(Code::InvalidIdempotencyKey))?;
    let fingerprint = fingerprint::of(request, secret, limit).await?;
    // The caller was revoked while the body was read and must not get the stored response.
    if matches!(request.extensions().get(), Some(Identity(Err(_)))) {
        return Ok(None);
    }
    Ok(fingerprint.map(|fingerprint| (key, fingerprint)))
}

/// Caller with a valid token.
fn caller(request: &ServiceRequest) -> Option<Caller> {
    request.extensions().get::<Identity>()?.0.as_ref().ok()?.clone()
}

/// Scope of a caller with a valid token: two callers never share a key.
fn authenticated_scope(request: &ServiceRequest) -> Option<String> {
    match caller(request)? {
        Caller::Admin(context) => Some(format!("admin/{}", context.admin().id())),
        Caller::Operator(_) => Some("operator".to_owned()),
    }
}

/// Scope of a client that sent no token.
fn anonymous_scope(request: &ServiceRequest) -> Option<String> {
    let anonymous = matches!(request.extensions().get(), Some(Identity(Ok(None))));
    anonymous.then(|| format!("client/{}", client_address::of(request.request())))
}
