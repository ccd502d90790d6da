//! `GET /org/get`.

use actix_web::get;
use actix_web::web::{Data, Json};
use domain::service::Services;

use super::own::named;
use super::params::Named;
use super::shapes::OrganizationShape;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Parameters;

/// Get an organization by its name
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_get",
    params(Named),
    responses(
        (status = 200, description = "Organization", body = OrganizationShape),
        (status = 404, description = "Organization 'acme_inc' not found"),
    ),
    security(()),
)]
#[get("/get")]
pub(super) async fn org_get(
    services: Data<Services>,
    query: Parameters<Named>,
) -> Result<Json<OrganizationShape>, DialectError> {
    let found = named(&services, &query.0.organization_name.0).await?;
    Ok(Json(OrganizationShape::of(&found)))
}
