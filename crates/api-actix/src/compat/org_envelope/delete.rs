//! `DELETE /org/delete`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete};
use domain::service::Services;

use super::params::Doomed;
use super::shapes::{Envelope, Nothing};
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Parameters;
use crate::compat::org::account::Name;
use crate::compat::org::delete::{delete, gone};
use crate::compat::status::or_accepted;

/// Delete your organization
///
/// Deletes the organization, its documents and its admins. The name and the e-mail addresses can be
/// used again.
#[utoipa::path(
    tag = "Reference API: org-envelope",
    operation_id = "org_envelope_delete",
    params(Doomed),
    responses(
        (status = 200, description = "Organization deleted", body = Envelope<Nothing>),
        (status = 202, description = "Accepted; deletion completes asynchronously", body = Envelope<Nothing>),
        (status = 400, description = "Invalid organization name"),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "Not authorized to delete this organization"),
        (status = 404, description = "Organization 'acme_inc' not found"),
        (status = 409, description = "Other changes came first"),
    ),
    security(("bearer" = [])),
)]
#[delete("/delete")]
pub(super) async fn org_envelope_delete(
    services: Data<Services>,
    caller: RequiredCaller,
    query: Parameters<Doomed>,
) -> Result<HttpResponse, DialectError> {
    let name = Name::parse(query.0.organization_name).map_err(|_| unusable())?;
    let deleted = delete(&services, &caller.context()?, Some(&name)).await?;
    let status = or_accepted(&deleted, StatusCode::OK);
    Ok(HttpResponse::build(status).json(Envelope::new(gone(&deleted), Nothing)))
}

/// Error for an invalid name; the legacy service of this dialect responds with 400 here, not 422.
fn unusable() -> DialectError {
    DialectError::new(StatusCode::BAD_REQUEST, "Invalid organization name")
}
