//! Dialect `enterprise`: organizations by id, and responses in an envelope.

mod create;
mod delete;
mod fields;
mod get;
mod limited;
mod list;
mod login;
mod shapes;
mod update;

use actix_web::http::StatusCode;
use domain::model::{AdminId, Organization, OrganizationId};
use domain::service::{Error, Resource, Services};
use serde_json::{Value, json};
use utoipa_actix_web::service_config::ServiceConfig;

use super::default_detail::default_detail;
use super::dialect_error::DialectError;
use crate::problem::{Code, ErrorFormat, Problem};

pub(super) use limited::{LimitDetail, RateLimitBody};

/// Error texts of this dialect that any operation may return.
pub(super) const ERROR_FORMAT: ErrorFormat = ErrorFormat(detail);

/// Path prefixes of its operations.
pub(super) const PATHS: [&str; 2] = ["/organizations/", "/auth/"];

/// Registers the operations below `/organizations`.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::enterprise_create)
        .service(list::enterprise_list)
        .service(get::enterprise_get)
        .service(update::enterprise_update)
        .service(delete::enterprise_delete);
}

/// Registers the operations below `/auth`.
pub(super) fn configure_auth(config: &mut ServiceConfig<'_>) {
    config.service(login::enterprise_login);
}

fn detail(problem: &Problem) -> Value {
    json!(match problem.code() {
        Code::TokenInvalid | Code::TokenExpired => "Invalid or expired token".into(),
        Code::InvalidCredentials => "Incorrect email or password".into(),
        Code::OrganizationNotFound => "Organization not found".into(),
        Code::RateLimited | Code::TooManyAttempts => return json!(LimitDetail::of(problem)),
        _ => default_detail(problem),
    })
}

/// Error for a name that is already in use.
fn name_taken(name: &str) -> DialectError {
    let detail = format!("Organization with name '{name}' already exists");
    DialectError::new(StatusCode::CONFLICT, detail)
}

/// Error for an admin who may not `change` the organization `id`. In this dialect the existence of
/// organizations is public.
async fn not_allowed(
    services: &Services,
    id: &OrganizationId,
    change: &str,
    error: Error,
) -> DialectError {
    match error {
        Error::Forbidden(_) => {}
        Error::NotFound(Resource::Organization) => {
            if let Err(error) = services.public_organizations.get(id).await {
                return error.into();
            }
        }
        other => return other.into(),
    }
    let detail = format!("Not authorized to {change} this organization");
    DialectError::new(StatusCode::FORBIDDEN, detail)
}

/// Representative admin of the organization: its creator if known, else its first owner.
async fn admin_of(
    services: &Services,
    organization: &Organization,
) -> Result<Option<AdminId>, Error> {
    if let Some(founder) = organization.founder() {
        return Ok(Some(founder.clone()));
    }
    let entry = services.public_organizations.with_representative(organization.clone()).await?;
    Ok(entry.admin.map(|admin| admin.id().clone()))
}
