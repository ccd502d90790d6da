//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a request that is sent twice is carried
//! out once, and answered twice.

mod answer;
mod fingerprint;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderName;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use domain::model::{Fingerprint, IdempotencyKey};
use domain::ports::Begun;
use domain::service::{Caller, Services};

use crate::auth::Identity;
use crate::client_address;
use crate::problem::{Code, Problem, rendered};

pub(crate) use answer::is_decision;

/// The name of the header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Around an operation: keeps its answer under the key of the request, and gives it again. A request
/// without a key passes as it is, and so does one without an accepted token: the operation refuses it.
pub(crate) async fn keep(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = known_caller(&request);
    carry_out(&services, scope, None, request, next).await
}

/// As [`keep`], for sign-up: it needs no token, so clients without one are told apart by address; and
/// the password in its body is not compared.
pub(crate) async fn keep_sign_up(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let scope = known_caller(&request).or_else(|| client(&request));
    carry_out(&services, scope, Some("/owner/password"), request, next).await
}

async fn carry_out(
    services: &Services,
    scope: Option<String>,
    secret: Option<&str>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (key, asked) = match keyed(scope, secret, &mut request).await {
        Ok(Some(keyed)) => keyed,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(problem) => return Ok(request.error_response(problem)),
    };
    let problem = match services.idempotency.begin(key, asked).await {
        Ok((Begun::Fresh, reservation)) => {
            let response = rendered(next.call(request).await?.map_into_boxed_body());
            return answer::kept(services, &reservation, response).await;
        }
        Ok((Begun::Answered(stored), _)) => return Ok(answer::again(request, stored)),
        Ok((Begun::Running, _)) => Problem::new(Code::IdempotencyKeyInUse),
        Ok((Begun::Mismatch, _)) => Problem::new(Code::IdempotencyKeyReused),
        Err(cause) => cause.into(),
    };
    Ok(request.error_response(problem))
}

/// The key of a request within its `scope`, and what the request asks for.
async fn keyed(
    scope: Option<String>,
    secret: Option<&str>,
    request: &mut ServiceRequest,
) -> Result<Option<(IdempotencyKey, Fingerprint)>, Problem> {
    let mut sent = request.headers().get_all(HEADER);
    let (Some(scope), Some(value)) = (scope, sent.next()) else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| sent.next().is_none()).unwrap_or_default();
    let key = IdempotencyKey::parse(scope, text)
        .map_err(|_| Problem::new(Code::InvalidIdempotencyKey))?;
    let asked = fingerprint::of(request, secret).await?;
    Ok(asked.map(|asked| (key, asked)))
}

/// Names the owner of an accepted token: two callers never share a key.
fn known_caller(request: &ServiceRequest) -> Option<String> {
    match &request.extensions().get::<Identity>()?.0 {
        Ok(Some(Caller::Admin(context))) => Some(format!("admin/{}", context.admin().id())),
        Ok(Some(Caller::Operator(_))) => Some("operator".to_owned()),
        Ok(None) | Err(_) => None,
    }
}

/// Names the client that sent no token at all.
fn client(request: &ServiceRequest) -> Option<String> {
    let anonymous = matches!(request.extensions().get(), Some(Identity(Ok(None))));
    anonymous.then(|| format!("client/{}", client_address::of(request.request())))
}
