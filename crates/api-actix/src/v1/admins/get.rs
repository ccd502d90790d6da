//! Returns one admin.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{AdminId, OrganizationId};
use domain::service::Services;

use crate::auth::Admin;
use crate::input::Ids;
use crate::problem::Problem;
use crate::response;
use crate::v1::model::AdminBody;
use crate::v1::params::{AdminPath, IfNoneMatchHeader};

/// Get an admin
///
/// Open to every admin of the organization.
#[utoipa::path(
    tag = "Admins",
    params(AdminPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "Admin", body = AdminBody, headers(
            ("ETag" = String, description = "Version of the admin"),
        )),
        (status = 304, description = "Not modified since the `ETag` in `If-None-Match`"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "admin_not_found"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/admins/{admin_id}")]
pub(super) async fn get_admin(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, AdminId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = services.admins.get(&admin.context()?, &ids.0, &ids.1).await?;
    Ok(response::ok(&request, &found.version(), &AdminBody::from(&found)))
}
