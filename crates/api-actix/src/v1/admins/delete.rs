//! Deletes an admin.

use actix_web::{HttpResponse, delete, web};
use domain::model::{AdminId, OrganizationId, Version};
use domain::service::{Progress, Services};

use crate::auth::Admin;
use crate::input::{Ids, IfMatch};
use crate::problem::Problem;
use crate::v1::params::{AdminPath, IfMatchHeader};

/// Delete an admin
///
/// Requires the role `owner`. The server rejects all tokens of the admin from now on, and its
/// e-mail address can be used again. The last active owner of an organization cannot be deleted.
#[utoipa::path(
    tag = "Admins",
    params(AdminPath, IfMatchHeader),
    responses(
        (status = 204, description = "Admin deleted"),
        (status = 202, description = "Accepted; deletion completes asynchronously"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "admin_not_found"),
        (status = 409, description = "last_owner"),
    ),
    security(("bearer" = [])),
)]
#[delete("/organizations/{organization_id}/admins/{admin_id}")]
pub(super) async fn delete_admin(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, AdminId>,
    condition: IfMatch<Version>,
) -> Result<HttpResponse, Problem> {
    match services.admins.remove(&admin.context()?, &ids.0, &ids.1, &condition.0).await? {
        Progress::Applied => Ok(HttpResponse::NoContent().finish()),
        Progress::Pending => Ok(HttpResponse::Accepted().finish()),
    }
}
