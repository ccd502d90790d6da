//! `DELETE /org/delete`.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, delete};
use domain::model::{Organization, Precondition};
use domain::service::{Caller, Error, Services};
use serde::Serialize;
use utoipa::ToSchema;

use super::account::Name;
use super::own::{Purpose, own};
use super::params::Own;
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::form::Parameters;
use crate::compat::status::or_accepted;

/// Result of a deletion.
#[derive(Serialize, ToSchema)]
#[schema(as = OrgDeleted)]
struct Deleted {
    #[schema(example = "Organization 'acme_inc' deleted successfully")]
    message: String,
}

/// Delete your organization
///
/// Deletes the organization, its documents and its admins. The name and the e-mail addresses can be
/// used again.
#[utoipa::path(
    tag = "Reference API: org",
    operation_id = "org_delete",
    params(Own),
    responses(
        (status = 200, description = "Organization deleted", body = Deleted),
        (status = 202, description = "Accepted; deletion completes asynchronously", body = Deleted),
        (status = 401, description = "Could not validate credentials"),
        (status = 403, description = "Not authorized to delete this organization"),
        (status = 404, description = "Organization not found"),
        (status = 409, description = "Other changes came first"),
    ),
    security(("bearer" = [])),
)]
#[delete("/delete")]
pub(super) async fn org_delete(
    services: Data<Services>,
    caller: RequiredCaller,
    query: Parameters<Own>,
) -> Result<HttpResponse, DialectError> {
    let name = query.0.organization_name;
    let deleted = delete(&services, &caller.context()?, name.as_ref()).await?;
    let status = or_accepted(&deleted, StatusCode::OK);
    Ok(HttpResponse::build(status).json(Deleted { message: gone(&deleted) }))
}

/// Message about a deleted organization.
pub(in crate::compat) fn gone(organization: &Organization) -> String {
    format!("Organization '{}' deleted successfully", organization.name().as_str())
}

/// Deletes an organization, for both dialects.
pub(in crate::compat) async fn delete(
    services: &Services,
    caller: &Caller,
    name: Option<&Name>,
) -> Result<Organization, DialectError> {
    let (admin, _) = own(services, caller, name, Purpose::Delete).await?;
    let id = admin.organization().id();
    let deleted = services.organizations.delete(caller, id, &Precondition::None).await;
    deleted.map_err(|error| match error {
        Error::Forbidden(_) => Purpose::Delete.refusal(),
        other => other.into(),
    })
}
