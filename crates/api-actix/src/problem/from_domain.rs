//! Maps domain errors to problems.

use std::time::Duration;

use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use domain::model::{Excess, InvalidAt};
use domain::ports::{StoreError, TokenError};
use domain::service::{DailyLimit, Error, RequiredRole, Resource};

use super::{Code, FieldError, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = code(&error);
        match error {
            Error::Invalid(refusal) => refusal.into(),
            Error::QuotaExceeded(excess) => Self::new(code).because(too_much(excess)),
            Error::Forbidden(need) => Self::new(code).because(who(need)),
            Error::DailyLimit { of, retry_after } => Self::new(code)
                .because(too_often(of))
                .with_header(RETRY_AFTER, whole_seconds(retry_after)),
            Error::RateLimited { retry_after } | Error::TooManyAttempts { retry_after } => {
                Self::new(code).with_header(RETRY_AFTER, whole_seconds(retry_after))
            }
            Error::LoginTooOld { max_age } => match step_up_challenge(max_age) {
                Some(challenge) => Self::new(code).with_header(WWW_AUTHENTICATE, challenge),
                None => Self::new(code),
            },
            error if code.status().is_server_error() => Self::new(code).caused_by(error),
            _ => Self::new(code),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Error::from(error).into()
    }
}

impl From<InvalidAt> for Problem {
    fn from(refusal: InvalidAt) -> Self {
        Self::invalid(Code::ValidationFailed, FieldError::from(refusal))
    }
}

/// Rounds a time up to seconds, so that a client that waits this long is admitted.
fn whole_seconds(time: Duration) -> HeaderValue {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    HeaderValue::from(seconds.max(1))
}

/// Step-up authentication challenge (RFC 9470, section 3).
fn step_up_challenge(max_age: Duration) -> Option<HeaderValue> {
    let max_age = max_age.as_secs();
    let challenge =
        format!("Bearer error=\"insufficient_user_authentication\", max_age=\"{max_age}\"");
    HeaderValue::try_from(challenge).ok()
}

fn code(error: &Error) -> Code {
    match error {
        Error::NotFound(Resource::Organization) => Code::OrganizationNotFound,
        Error::NotFound(Resource::Admin) => Code::AdminNotFound,
        Error::NotFound(Resource::Session) => Code::SessionNotFound,
        Error::NotFound(Resource::Document) => Code::DocumentNotFound,
        Error::NameTaken => Code::NameTaken,
        Error::EmailTaken => Code::EmailTaken,
        Error::LastOwner => Code::LastOwner,
        Error::DocumentExists => Code::DocumentExists,
        Error::PreconditionFailed => Code::PreconditionFailed,
        Error::Contended => Code::Contended,
        Error::Suspended => Code::OrganizationSuspended,
        Error::Deactivated => Code::AdminDeactivated,
        Error::InvalidCredentials => Code::InvalidCredentials,
        Error::Unauthenticated => Code::Unauthenticated,
        Error::Token(TokenError::Expired) => Code::TokenExpired,
        Error::Token(TokenError::Invalid) => Code::TokenInvalid,
        Error::LoginTooOld { .. } => Code::InsufficientUserAuthentication,
        Error::Forbidden(_) => Code::Forbidden,
        Error::Invalid(_) => Code::ValidationFailed,
        Error::RateLimited { .. } => Code::RateLimited,
        Error::DailyLimit { .. } => Code::DailyLimit,
        Error::TooManyAttempts { .. } => Code::TooManyAttempts,
        Error::Capacity => Code::Capacity,
        Error::QuotaExceeded(_) => Code::QuotaExceeded,
        Error::Overloaded | Error::Store(StoreError::Saturated) => Code::Overloaded,
        Error::Store(StoreError::TooExpensive) => Code::QueryTooExpensive,
        Error::Moving => Code::Moving,
        Error::Store(StoreError::Unavailable(_)) => Code::StoreUnavailable,
        Error::Store(StoreError::Corrupt { .. }) | Error::Internal(_) => Code::Internal,
    }
}

fn too_much(excess: Excess) -> &'static str {
    match excess {
        Excess::Documents => "Storage quota exceeded: too many documents.",
        Excess::Bytes => "Storage quota exceeded: too many bytes of documents.",
        Excess::Admins => "Too many admins: the maximum number per organization is reached.",
    }
}

fn too_often(of: DailyLimit) -> &'static str {
    match of {
        DailyLimit::Changes => {
            "The daily limit of changes to the organization and its admins is reached."
        }
        DailyLimit::Renames => "The daily limit of renames of the organization is reached.",
        DailyLimit::KeptResponses => {
            "The daily limit of stored responses is reached; the request is accepted without an Idempotency-Key."
        }
    }
}

fn who(need: RequiredRole) -> &'static str {
    match need {
        RequiredRole::Operator => "Only the operator of this installation may do this.",
        RequiredRole::Admin => "Only an admin of the organization may do this.",
        RequiredRole::Writer => {
            "Only an admin of the organization with the role owner or admin may do this."
        }
        RequiredRole::Owner => "Only an owner of the organization may do this.",
    }
}

#[cfg(test)]
mod tests {
    use domain::model::Invalid;

    use super::*;

    fn store(cause: &'static str) -> StoreError {
        StoreError::unavailable(cause)
    }

    fn daily(of: DailyLimit) -> Error {
        Error::DailyLimit { of, retry_after: Duration::ZERO }
    }

    fn corrupt() -> StoreError {
        let field = "name: secret".to_owned();
        StoreError::Corrupt { collection: "organizations", id: "secret".to_owned(), field }
    }

    #[test]
    fn every_domain_error_has_a_status_and_a_code() {
        let invalid = InvalidAt::from(Invalid::Empty);
        for (error, status, code) in [
            (Error::NotFound(Resource::Organization), 404, "organization_not_found"),
            (Error::NotFound(Resource::Admin), 404, "admin_not_found"),
            (Error::NotFound(Resource::Document), 404, "document_not_found"),
            (Error::NameTaken, 409, "name_taken"),
            (Error::EmailTaken, 409, "email_taken"),
            (Error::DocumentExists, 409, "document_exists"),
            (Error::PreconditionFailed, 412, "precondition_failed"),
            (Error::Contended, 409, "contended"),
            (Error::Suspended, 403, "organization_suspended"),
            (Error::Deactivated, 403, "admin_deactivated"),
            (Error::InvalidCredentials, 401, "invalid_credentials"),
            (Error::Unauthenticated, 401, "unauthenticated"),
            (Error::Token(TokenError::Expired), 401, "token_expired"),
            (Error::Token(TokenError::Invalid), 401, "token_invalid"),
            (Error::Forbidden(RequiredRole::Operator), 403, "forbidden"),
            (Error::Forbidden(RequiredRole::Admin), 403, "forbidden"),
            (Error::Forbidden(RequiredRole::Writer), 403, "forbidden"),
            (Error::Forbidden(RequiredRole::Owner), 403, "forbidden"),
            (Error::Invalid(invalid), 400, "validation_failed"),
            (Error::RateLimited { retry_after: Duration::ZERO }, 429, "rate_limited"),
            (daily(DailyLimit::Changes), 429, "daily_limit"),
            (daily(DailyLimit::Renames), 429, "daily_limit"),
            (daily(DailyLimit::KeptResponses), 429, "daily_limit"),
            (Error::QuotaExceeded(Excess::Bytes), 403, "quota_exceeded"),
            (Error::QuotaExceeded(Excess::Admins), 403, "quota_exceeded"),
            (Error::Overloaded, 503, "overloaded"),
            (Error::Moving, 503, "moving"),
            (Error::Store(StoreError::Saturated), 503, "overloaded"),
            (Error::Store(StoreError::TooExpensive), 503, "query_too_expensive"),
            (Error::Store(store("secret")), 503, "store_unavailable"),
            (Error::Store(corrupt()), 500, "internal_error"),
            (Error::Internal("secret".into()), 500, "internal_error"),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.code.status().as_u16(), problem.code.as_str()), (status, code));
            assert_eq!(problem.cause.is_some(), status >= 500, "{code}: the cause is for the log");
            assert!(!problem.detail.contains("secret"), "{code}");
        }
    }
}
