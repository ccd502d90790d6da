//! Whose token it is.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{AdminBody, OrganizationBody};
use crate::auth::Admin;
use crate::problem::Problem;

/// Mounts the operation.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_me);
}

/// Whose token it is.
#[derive(Serialize, ToSchema)]
struct Me<'a> {
    /// The admin.
    admin: AdminBody<'a>,
    /// Its organization.
    organization: OrganizationBody<'a>,
}

/// Get yourself
///
/// The admin whose token was sent, and its organization, as they are now.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 200, description = "The admin and its organization", body = Me),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/me")]
async fn get_me(admin: Admin) -> Result<HttpResponse, Problem> {
    let admin = admin.context()?;
    let (admin, organization) = (admin.admin().into(), admin.organization().into());
    Ok(HttpResponse::Ok().json(Me { admin, organization }))
}
