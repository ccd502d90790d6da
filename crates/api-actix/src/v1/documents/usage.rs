//! How much an organization keeps.

use actix_web::{HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use crate::auth::AnyCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::v1::model::UsageBody;
use crate::v1::params::OrganizationPath;

/// Get the usage
///
/// How many documents and bytes the organization keeps, and how much it may; for its admins and the operator. It costs
/// the same, however much there is.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath),
    responses(
        (status = 200, description = "How much there is", body = UsageBody),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/usage")]
pub(super) async fn get_usage(
    services: web::Data<Services>,
    caller: AnyCaller,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, Problem> {
    let storage = services.documents.usage(&caller.context()?, &id.0).await?;
    Ok(HttpResponse::Ok().json(UsageBody::from(storage)))
}
