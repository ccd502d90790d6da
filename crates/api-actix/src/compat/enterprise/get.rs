//! `GET /organizations/{organization_id}`.

use actix_web::{HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use super::admin_of;
use super::shapes::{OrganizationPath, OrganizationShape, SuccessBody};
use crate::compat::dialect_error::DialectError;
use crate::input::Id;

/// Get an organization
///
/// Requires no authentication.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_get",
    params(OrganizationPath),
    responses(
        (status = 200, description = "Organization", body = SuccessBody<OrganizationShape>),
        (status = 404, description = "Organization not found"),
    ),
    security(()),
)]
#[get("/{organization_id}")]
pub(super) async fn enterprise_get(
    services: web::Data<Services>,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, DialectError> {
    let found = services.public_organizations.get(&id.0).await?;
    let admin = admin_of(&services, &found).await?;
    let shape = OrganizationShape::new(&found, admin.as_ref());
    Ok(HttpResponse::Ok().json(SuccessBody::new(shape)))
}
