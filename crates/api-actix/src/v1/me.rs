//! The authenticated admin and its organization.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{AdminBody, OrganizationBody};
use crate::auth::Admin;
use crate::problem::Problem;

/// Registers the operation.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_me);
}

/// The authenticated admin and its organization.
#[derive(Serialize, ToSchema)]
struct Me<'a> {
    /// The authenticated admin.
    admin: AdminBody<'a>,
    /// The admin's organization.
    organization: OrganizationBody<'a>,
}

/// Get the current admin
///
/// Returns the admin that the access token belongs to, and its organization, in their current
/// state.
#[utoipa::path(
    tag = "Authentication",
    responses(
        (status = 200, description = "Admin and organization", body = Me),
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
