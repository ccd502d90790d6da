//! The end of an organization.

use actix_web::{HttpResponse, delete, web};
use domain::model::{OrganizationId, Version};
use domain::service::Services;

use super::changed;
use crate::auth::AnyCaller;
use crate::input::{Id, IfMatch};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfMatchHeader, OrganizationPath};

/// Delete an organization
///
/// Removes its documents and its admins for good, and frees its name and their e-mail addresses; for its
/// owners and the operator.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 202, description = "The organization, while it is deleted",
            body = OrganizationBody),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[delete("/organizations/{organization_id}")]
pub(super) async fn delete_organization(
    services: web::Data<Services>,
    caller: AnyCaller,
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
