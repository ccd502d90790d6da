//! Authentication of requests. [`identify`] runs before any operation, so that no operation, nor
//! the order of its arguments, can change what an unauthenticated client learns; the extractors use
//! its result. The caller is authorized again after a body was read ([`reauthorize`]).

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use domain::ports::{Requester, TokenError};
use domain::service::{self, AdminContext, Caller, OperatorContext, RequiredRole, Services};
use tracing::Span;
use tracing::field::display;

use crate::client_address;
use crate::problem::Problem;
use crate::request_info;

/// Result of the authentication of a request.
pub(crate) struct Identity(pub(crate) Result<Option<Caller>, Problem>);

/// Middleware that verifies the token of a request, once.
pub(crate) async fn identify(
    services: web::Data<Services>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let identity = Identity(caller(&services, &request).await);
    if let Identity(Ok(Some(caller))) = &identity {
        // The id of an admin, or `operator`: the log contains no e-mail address.
        Span::current().record("caller", display(caller.actor()));
    }
    let requester = match &identity.0 {
        Ok(Some(Caller::Admin(context))) => {
            Some(Requester::Organization(context.organization().id().clone()))
        }
        Ok(Some(Caller::Operator(_))) => Some(Requester::Installation),
        Ok(None) | Err(_) => None,
    };
    request.extensions_mut().insert(identity);
    if let Some(requester) = requester {
        request.extensions_mut().insert(requester);
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Authorizes the caller of `request` again, by the current records, after a wait such as that for
/// a body. The extractors reject a caller who was revoked since the head arrived.
pub(crate) async fn reauthorize(request: &HttpRequest) {
    let admin = match request.extensions().get() {
        Some(Identity(Ok(Some(Caller::Admin(context))))) => context.clone(),
        _ => return,
    };
    let Some(services) = request.app_data::<web::Data<Services>>() else { return };
    let again = services.access.reauthorize(&admin).await;
    let again = accepted(again.map(|admin| Caller::Admin(Box::new(admin))), request.path());
    request.extensions_mut().insert(Identity(again.map(Some)));
}

/// The key for load limits of `request`: the organization of its caller, or else the client
/// network.
pub(crate) fn requester(request: &HttpRequest) -> Requester {
    let authenticated = request.extensions().get().cloned();
    authenticated.unwrap_or_else(|| Requester::client(client_address::of(request)))
}

/// Extractor for the caller, or none if the request carries no token.
///
/// This and the other extractors check the request by its head. The handler gets the caller from
/// `context()`, after all extractors have run, so never a caller that was authorized before the
/// body was read ([`reauthorize`]).
pub(crate) struct OptionalCaller(HttpRequest);

/// Extractor for the caller; a token is required.
pub(crate) struct RequiredCaller(HttpRequest);

/// Extractor for the caller; an invalid token counts as none.
pub(crate) struct CallerIfValid(HttpRequest);

/// Extractor for an admin of an organization.
pub(crate) struct Admin(HttpRequest);

/// Extractor for the operator of this installation. Only a restart of the server revokes the
/// operator's token.
pub(crate) struct Operator(pub(crate) OperatorContext);

impl OptionalCaller {
    /// Returns the caller.
    pub(crate) fn context(self) -> Result<Option<Caller>, Problem> {
        identity(&self.0)
    }
}

impl RequiredCaller {
    /// Returns the caller.
    pub(crate) fn context(self) -> Result<Caller, Problem> {
        known(&self.0)
    }
}

impl CallerIfValid {
    /// Returns the caller.
    pub(crate) fn context(self) -> Option<Caller> {
        identity(&self.0).unwrap_or_default()
    }
}

impl Admin {
    /// Returns the admin.
    pub(crate) fn context(self) -> Result<AdminContext, Problem> {
        match known(&self.0)? {
            Caller::Admin(context) => Ok(*context),
            Caller::Operator(_) => Err(service::Error::Forbidden(RequiredRole::Admin).into()),
        }
    }
}

impl FromRequest for OptionalCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(check(request, |_| Ok(())).map(|()| Self(request.clone())))
    }
}

impl FromRequest for RequiredCaller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_known =
            |caller: Option<&Caller>| caller.map(|_| ()).ok_or(service::Error::Unauthenticated);
        ready(check(request, is_known).map(|()| Self(request.clone())))
    }
}

impl FromRequest for CallerIfValid {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

impl FromRequest for Admin {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_admin = |caller: Option<&Caller>| {
            caller.ok_or(service::Error::Unauthenticated)?.admin().map(|_| ())
        };
        ready(check(request, is_admin).map(|()| Self(request.clone())))
    }
}

impl FromRequest for Operator {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(known(request).and_then(|caller| match caller {
            Caller::Operator(context) => Ok(Self(context)),
            Caller::Admin(_) => Err(service::Error::Forbidden(RequiredRole::Operator).into()),
        }))
    }
}

/// Rejects a request by its head.
fn check(
    request: &HttpRequest,
    may: impl FnOnce(Option<&Caller>) -> Result<(), service::Error>,
) -> Result<(), Problem> {
    match request.extensions().get() {
        Some(Identity(Ok(caller))) => return Ok(may(caller.as_ref())?),
        None => return Ok(may(None)?),
        Some(Identity(Err(_))) => {}
    }
    identity(request).map(|_| ())
}

fn known(request: &HttpRequest) -> Result<Caller, Problem> {
    identity(request)?.ok_or_else(|| service::Error::Unauthenticated.into())
}

/// Returns the authentication result stored in the request.
fn identity(request: &HttpRequest) -> Result<Option<Caller>, Problem> {
    request.extensions_mut().remove().map_or(Ok(None), |Identity(found)| found)
}

async fn caller(services: &Services, request: &ServiceRequest) -> Result<Option<Caller>, Problem> {
    let mut sent = request.headers().get_all(AUTHORIZATION);
    let Some(value) = sent.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(bearer).filter(|_| sent.next().is_none());
    let token = token.ok_or(service::Error::Unauthenticated)?;
    let found = services.access.authenticate(token, request_info::of(request.request())).await;
    accepted(found, request.path()).map(Some)
}

/// Maps the result of an authentication for `path`.
fn accepted(found: Result<Caller, service::Error>, path: &str) -> Result<Caller, Problem> {
    match found {
        // The path names no missing resource: the token's own admin or organization is gone.
        Err(service::Error::NotFound(_)) if !is_in_organization(path) => {
            Err(service::Error::from(TokenError::Invalid).into())
        }
        found => Ok(found?),
    }
}

/// Whether `path` names one organization.
fn is_in_organization(path: &str) -> bool {
    ["/v1/organizations/", "/organizations/", "/org/"].iter().any(|begin| path.starts_with(begin))
}

/// Token in `Bearer <token>`; the scheme is case-insensitive (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
