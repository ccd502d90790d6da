//! `GET /org/get`.

use actix_web::get;
use actix_web::web::{Data, Json};
use domain::service::Services;

use super::shapes::{Envelope, OrganizationData};
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Parameters;
use crate::compat::org::own::named;
use crate::compat::org::params::Named;

/// Get an organization by its name
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_get",
    params(Named),
    responses(
        (status = 200, description = "Organization", body = Envelope<OrganizationData>),
        (status = 404, description = "Organization 'acme_inc' not found"),
    ),
    security(()),
)]
#[get("/get")]
pub(super) async fn org_envelope_get(
    services: Data<Services>,
    query: Parameters<Named>,
) -> Result<Json<Envelope<OrganizationData>>, DialectError> {
    let found = named(&services, &query.0.organization_name.0).await?;
    let data = OrganizationData::of(&found);
    Ok(Json(Envelope::new("Organization retrieved successfully", data)))
}
