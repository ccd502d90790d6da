//! `DELETE /organizations/{organization_id}`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, web};
use domain::model::{OrganizationId, Precondition};
use domain::service::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::not_allowed;
use super::shapes::{OrganizationPath, SuccessBody};
use crate::auth::RequiredCaller;
use crate::compat::dialect_error::DialectError;
use crate::compat::status::or_accepted;
use crate::input::Id;

/// Result of a deletion.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseDeleted)]
struct Deleted<'a> {
    /// Human-readable message.
    #[schema(example = "Organization 'Acme Inc' deleted successfully")]
    message: String,
    /// Id of the organization.
    #[schema(value_type = String, example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8e")]
    organization_id: &'a OrganizationId,
    /// Id of the admin who requested the deletion, or `operator`.
    #[schema(example = "0199f3f2-5c1e-7b6a-9d3e-2f4a5b6c7d8f")]
    deleted_by: String,
    /// Always true: the audit trail of the organization is retained.
    #[schema(example = true)]
    audit_retained: bool,
}

/// Delete an organization
///
/// Permanently deletes the organization, its documents and its admins. Requires the role `owner` or
/// the operator token.
#[utoipa::path(
    tag = "Reference API: enterprise",
    operation_id = "enterprise_delete",
    params(OrganizationPath),
    responses(
        (status = 200, description = "Organization deleted", body = SuccessBody<Deleted>),
        (status = 202, description = "Accepted; deletion completes asynchronously",
            body = SuccessBody<Deleted>),
        (status = 401, description = "Invalid or expired token"),
        (status = 403, description = "Not authorized to delete this organization"),
        (status = 404, description = "Organization not found"),
        (status = 409, description = "Other changes came first"),
    ),
    security(("bearer" = [])),
)]
#[delete("/{organization_id}")]
pub(super) async fn enterprise_delete(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, DialectError> {
    let caller = caller.context()?;
    let deleted = services.organizations.delete(&caller, &id.0, &Precondition::None).await;
    let deleted = match deleted {
        Ok(deleted) => deleted,
        Err(error) => return Err(not_allowed(&services, &id.0, "delete", error).await),
    };
    let status = or_accepted(&deleted, StatusCode::OK);
    let data = Deleted {
        message: format!("Organization '{}' deleted successfully", deleted.name().as_str()),
        organization_id: deleted.id(),
        deleted_by: caller.actor().to_string(),
        audit_retained: true,
    };
    Ok(HttpResponse::build(status)
        .json(SuccessBody::with_message(data, "Organization deleted successfully")))
}
