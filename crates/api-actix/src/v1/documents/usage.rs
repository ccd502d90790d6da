//! Returns the storage usage of an organization.

use actix_web::{HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use crate::auth::RequiredCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::v1::model::UsageBody;
use crate::v1::params::OrganizationPath;

/// Get storage usage
///
/// Returns the number and size of the organization's documents, and its quota. Open to every admin
/// of the organization and to the operator. Takes constant time regardless of the amount of data.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath),
    responses(
        (status = 200, description = "Usage and quota", body = UsageBody),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/usage")]
pub(super) async fn get_usage(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, Problem> {
    let storage = services.documents.usage(&caller.context()?, &id.0).await?;
    Ok(HttpResponse::Ok().json(UsageBody::from(storage)))
}
