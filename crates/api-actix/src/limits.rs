//! Rate limiting middleware: rejects excess requests before any work, and reports the limits in
//! headers of every response (draft-ietf-httpapi-ratelimit-headers-11).

use std::fmt::Write;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use domain::model::OrganizationId;
use domain::service::{Caller, RateLimitStatus, Services};

use crate::auth::Identity;
use crate::problem::{Problem, rendered};
use crate::{Metrics, client_address};

/// Header with the quota of each limit.
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// Header with the remaining requests of each limit.
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Paths of the operations that verify credentials, regardless of the request's token.
const LOGINS: [&str; 5] =
    ["/v1/auth/login", "/v1/auth/refresh", "/org/admin/login", "/admin/login", "/auth/login"];

/// Rate limit status of a sign-up, passed on for the response headers.
struct SignUp {
    statuses: Vec<RateLimitStatus>,
    /// Organization of the caller.
    organization: Option<OrganizationId>,
}

/// Middleware for all operations: counts the request for its organization or client address, and
/// rejects it over the limit.
pub(crate) async fn enforce(
    services: web::Data<Services>,
    metrics: web::Data<Metrics>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let status = count(&services, &request);
    let response = match status.map_or(Ok(()), |status| status.admit()) {
        Ok(()) => next.call(request).await?.map_into_boxed_body(),
        Err(refusal) => request.error_response(Problem::from(refusal)),
    };
    let sign_up = response.request().extensions_mut().remove::<SignUp>();
    let mut statuses: Vec<_> = status.into_iter().collect();
    if let Some(SignUp { statuses: counted, organization }) = sign_up {
        let was_admitted = !counted.iter().any(RateLimitStatus::is_over);
        if was_admitted && response.status().is_client_error() {
            services.limits.uncount_sign_up(organization.as_ref());
        }
        statuses.extend(counted);
    }
    Ok(with_headers(&metrics, rendered(response), &statuses))
}

/// Counts a request to create an organization, from any caller.
pub(crate) fn sign_up(
    services: &Services,
    request: &HttpRequest,
    caller: Option<&Caller>,
) -> Result<(), Problem> {
    let client = client_address::of(request);
    let statuses = services.limits.count_sign_up(client, caller);
    let admitted = statuses.iter().try_for_each(RateLimitStatus::admit);
    let organization = match caller {
        Some(Caller::Operator(_)) => return Ok(()),
        Some(Caller::Admin(context)) => Some(context.organization().id().clone()),
        None => None,
    };
    request.extensions_mut().insert(SignUp { statuses, organization });
    Ok(admitted?)
}

/// Counts a request for its organization, or else for its client address. The token is verified
/// even if the address has exceeded its limit, because other clients behind the same address may
/// have valid tokens. Logins always count for the address, so that a valid token does not allow
/// more login attempts.
fn count(services: &Services, request: &ServiceRequest) -> Option<RateLimitStatus> {
    let limits = &services.limits;
    let is_login = LOGINS.contains(&request.path());
    let is_anonymous = match &request.extensions().get::<Identity>()?.0 {
        Ok(Some(Caller::Admin(context))) if !is_login => {
            return limits.count_organization(context.organization());
        }
        Ok(Some(Caller::Operator(_))) => false,
        Ok(_) => true,
        // After a server error it is unknown whether the token is valid.
        Err(problem) => problem.code().status().is_client_error(),
    };
    let client = client_address::of(request.request());
    is_anonymous.then(|| limits.count_anonymous(client)).flatten()
}

/// Adds the rate limit headers to the response.
fn with_headers(
    metrics: &Metrics,
    mut response: ServiceResponse<BoxBody>,
    statuses: &[RateLimitStatus],
) -> ServiceResponse<BoxBody> {
    let (mut policy, mut limit) = (String::new(), String::new());
    for status in statuses {
        if status.is_over() {
            metrics.count_refused(status.policy());
        }
        let separator = if policy.is_empty() { "" } else { ", " };
        let (name, quota) = (status.policy().as_str(), status.quota());
        let (q, w) = (quota.limit(), quota.window().seconds());
        let (r, t) = (status.remaining(), seconds(status));
        // Writing to a string cannot fail.
        let _ = write!(policy, "{separator}\"{name}\";q={q};w={w}");
        let _ = write!(limit, "{separator}\"{name}\";r={r};t={t}");
    }
    for (name, value) in [(POLICY, policy), (LIMIT, limit)] {
        match HeaderValue::try_from(value) {
            Ok(value) if !value.is_empty() => {
                response.headers_mut().insert(name, value);
            }
            _ => {}
        }
    }
    response
}

/// Seconds until the window resets, rounded up as in `Retry-After`.
fn seconds(status: &RateLimitStatus) -> u128 {
    status.resets_in().as_nanos().div_ceil(1_000_000_000)
}
