//! Activates a suspended organization.

use actix_web::middleware::from_fn;
use actix_web::{HttpResponse, post, web};
use domain::model::{OrganizationId, Version};
use domain::service::Services;

use super::changed;
use crate::auth::Operator;
use crate::idempotency::replay_or_run;
use crate::input::{Id, IfMatch};
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IdempotencyKeyHeader, IfMatchHeader, OrganizationPath};

/// Activate an organization
///
/// Restores the admins' access to a suspended organization. Requires the operator token. Activating
/// an active organization has no effect.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfMatchHeader, IdempotencyKeyHeader),
    responses(
        (status = 200, description = "Organization activated", body = OrganizationBody, headers(
            ("ETag" = String, description = "Version of the organization"),
        )),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[post("/organizations/{organization_id}/activate", wrap = "from_fn(replay_or_run)")]
pub(super) async fn activate_organization(
    services: web::Data<Services>,
    operator: Operator,
    id: Id<OrganizationId>,
    condition: IfMatch<Version>,
) -> Result<HttpResponse, Problem> {
    let organizations = &services.organizations;
    let organization = organizations.activate(&operator.0, &id.0, &condition.0).await?;
    Ok(changed(&organization))
}
