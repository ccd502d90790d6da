//! Closing an organization.

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use domain::model::{OrganizationId, Version};
use domain::service::Services;

use super::changed;
use crate::auth::Operator;
use crate::idempotency::keep;
use crate::input::{Id, IfMatch};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IdempotencyKeyHeader, IfMatchHeader, OrganizationPath};

/// Suspend an organization
///
/// Closes it to its admins at once, even while a rename or its provisioning keeps failing; nothing is lost. For
/// the operator. A second time changes nothing.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader, IdempotencyKeyHeader),
    responses(
        (status = 200, description = "The organization", body = OrganizationBody, headers(
            ("ETag" = String, description = "Its version"),
        )),
        (status = 202, description = "Accepted; the rename or the provisioning continues",
            body = OrganizationBody),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[post("/organizations/{organization_id}/suspend", wrap = "from_fn(keep)")]
pub(super) async fn suspend_organization(
    services: web::Data<Services>,
    operator: Operator,
    id: Id<OrganizationId>,
    condition: IfMatch<Version>,
) -> Result<HttpResponse, Problem> {
    let organizations = &services.organizations;
    let organization = organizations.suspend(&operator.0, &id.0, &condition.0).await?;
    Ok(changed(&organization))
}
