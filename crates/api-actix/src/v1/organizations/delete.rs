//! Deletes an organization.

use actix_web::{HttpResponse, delete, web};
use domain::model::{OrganizationId, Version};
use domain::service::Services;

use super::changed;
use crate::auth::RequiredCaller;
use crate::input::{Id, IfMatch};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfMatchHeader, OrganizationPath};

/// Delete an organization
///
/// Permanently removes the documents and the admins of the organization, and frees its name and
/// their e-mail addresses. Requires the role `owner` or the operator token.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader),
    responses(
        (status = 204, description = "Organization deleted"),
        (status = 202, description = "Accepted; deletion completes asynchronously",
            body = OrganizationBody),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[delete("/organizations/{organization_id}")]
pub(super) async fn delete_organization(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
    condition: IfMatch<Version>,
) -> Result<HttpResponse, Problem> {
    let organization =
        services.organizations.delete(&caller.context()?, &id.0, &condition.0).await?;
    if organization.is_pending() {
        return Ok(changed(&organization));
    }
    Ok(HttpResponse::NoContent().finish())
}
