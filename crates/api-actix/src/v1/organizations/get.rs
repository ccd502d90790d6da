//! One organization.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use crate::answer;
use crate::auth::AnyCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfNoneMatchHeader, OrganizationPath};

/// Get an organization
///
/// For its admins and the operator; to anyone else it does not exist.
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "The organization", body = OrganizationBody, headers(
            ("ETag" = String, description = "Its version"),
        )),
        (status = 304, description = "It is as `If-None-Match` says"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}")]
pub(super) async fn get_organization(
    services: web::Data<Services>,
    caller: AnyCaller,
    id: Id<OrganizationId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = services.organizations.get(&caller.context()?, &id.0).await?;
    Ok(answer::found(&request, &found.version(), &OrganizationBody::from(&found)))
}
