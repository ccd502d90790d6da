//! Who is asking. [`identify`] finds out before anything else is looked at, so that no operation, nor
//! its order of arguments, can change what a stranger learns; the extractors pick up what it found.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use domain::ports::TokenError;
use domain::service::{self, AdminContext, Caller, Need, OperatorContext, Services};
use tracing::Span;
use tracing::field::display;

use crate::origin;
use crate::problem::Problem;

/// What is known of the caller of a request.
pub(crate) struct Identity(pub(crate) Result<Option<Caller>, Problem>);

/// Verifies the token of a request, once.
pub(crate) async fn identify(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let identity = Identity(caller(&services, &request).await);
    if let Identity(Ok(Some(caller))) = &identity {
        // The id of an admin, or `operator`: the log has no address of a person.
        Span::current().record("caller", display(caller.actor()));
    }
    request.extensions_mut().insert(identity);
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Whoever sent the request, when they sent a token.
pub(crate) struct MaybeCaller(pub(crate) Option<Caller>);

/// Whoever sent the request; they have to have sent a token.
pub(crate) struct AnyCaller(pub(crate) Caller);

/// Whoever sent the request, where a token that is no good is as good as none.
pub(crate) struct KnownCaller(pub(crate) Option<Caller>);

/// An admin of an organization.
pub(crate) struct Admin(pub(crate) AdminContext);

/// Whoever runs this installation.
pub(crate) struct Operator(pub(crate) OperatorContext);

impl FromRequest for MaybeCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(identity(request).map(Self))
    }
}

impl FromRequest for AnyCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known(request).map(Self))
    }
}

impl FromRequest for KnownCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(identity(request).unwrap_or_default())))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known(request).and_then(|caller| match caller {
            Caller::Admin(context) => Ok(Self(*context)),
            Caller::Operator(_) => Err(service::Error::Forbidden(Need::Admin).into()),
        }))
    }
}

impl FromRequest for Operator {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known(request).and_then(|caller| match caller {
            Caller::Operator(context) => Ok(Self(context)),
            Caller::Admin(_) => Err(service::Error::Forbidden(Need::Operator).into()),
        }))
    }
}

fn known(request: &HttpRequest) -> Result<Caller, Problem> {
    identity(request)?.ok_or_else(|| service::Error::Unauthenticated.into())
}

fn identity(request: &HttpRequest) -> Result<Option<Caller>, Problem> {
    request.extensions_mut().remove().map_or(Ok(None), |Identity(found)| found)
}

async fn caller(services: &Services, request: &ServiceRequest) -> Result<Option<Caller>, Problem> {
    let mut sent = request.headers().get_all(AUTHORIZATION);
    let Some(value) = sent.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(bearer).filter(|_| sent.next().is_none());
    let token = token.ok_or(service::Error::Unauthenticated)?;
    match services.access.authenticate(token, origin::of(request.request())).await {
        // Nothing that the path names is missing: it is the token that is good for nothing any more.
        Err(service::Error::NotFound(_)) if !is_in_organization(request.path()) => {
            Err(service::Error::from(TokenError::Invalid).into())
        }
        found => Ok(Some(found?)),
    }
}

/// Whether a request for `path` is about one organization.
fn is_in_organization(path: &str) -> bool {
    ["/v1/organizations/", "/organizations/", "/org/"].iter().any(|begin| path.starts_with(begin))
}

/// The token of `Bearer <token>`; the scheme is read without regard to case (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
