//! Returns one organization.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use crate::auth::RequiredCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::response;
use crate::v1::model::OrganizationBody;
use crate::v1::params::{IfNoneMatchHeader, OrganizationPath};

/// Get an organization
///
/// Open to every admin of the organization and to the operator; for other clients the organization
/// does not exist (404).
#[utoipa::path(
    tag = "Organizations",
    params(OrganizationPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "Organization", body = OrganizationBody, headers(
            ("ETag" = String, description = "Version of the organization"),
        )),
        (status = 304, description = "Not modified since the `ETag` in `If-None-Match`"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}")]
pub(super) async fn get_organization(
    services: web::Data<Services>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = services.organizations.get(&caller.context()?, &id.0).await?;
    Ok(response::ok(&request, &found.version(), &OrganizationBody::from(&found)))
}
