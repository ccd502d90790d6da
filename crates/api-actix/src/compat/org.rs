//! Dialect `org`: flat responses, and the original `/admin/login`.

pub(super) mod account;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod login;
pub(super) mod me;
pub(super) mod own;
pub(super) mod params;
pub(super) mod shapes;
pub(super) mod update;

use actix_web::http::StatusCode;
use domain::service::Error;
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::default_detail::default_detail;
use super::dialect_error::DialectError;
use super::form::{FieldProblem, ValidationItem};
use crate::problem::{Code, ErrorFormat, Problem};

/// Error texts of this dialect that any operation may return.
pub(super) const ERROR_FORMAT: ErrorFormat = ErrorFormat(detail);

/// Registers the operations below `/org`.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::org_create)
        .service(get::org_get)
        .service(login::org_login)
        .service(update::org_update)
        .service(delete::org_delete);
}

/// Registers the operations below `/admin`.
pub(super) fn configure_admin(config: &mut ServiceConfig<'_>) {
    config.service(login::org_admin_login).service(me::org_admin_me);
}

fn detail(problem: &Problem) -> Value {
    json!(match problem.code() {
        Code::TokenInvalid | Code::TokenExpired | Code::InsufficientUserAuthentication => {
            "Could not validate credentials".into()
        }
        Code::InvalidCredentials => "Invalid credentials".into(),
        Code::OrganizationNotFound => "Organization not found".into(),
        _ => default_detail(problem),
    })
}

/// Maps a domain error of a request with this name and e-mail address; names and addresses already
/// in use have the status `taken`.
pub(super) fn refused(error: Error, name: &str, email: &str, taken: StatusCode) -> DialectError {
    match error {
        Error::NameTaken => {
            DialectError::new(taken, format!("Organization '{name}' already exists"))
        }
        Error::EmailTaken => {
            DialectError::new(taken, format!("Admin with email '{email}' already exists"))
        }
        // All other input has been validated before.
        Error::Invalid(refusal) => {
            let wrong = FieldProblem::from(refusal.invalid);
            DialectError::invalid(&[ValidationItem::new(&["body", "password"], wrong, None)])
        }
        other => other.into(),
    }
}
