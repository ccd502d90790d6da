//! Removing an admin.

use actix_web::{HttpResponse, delete, web};
use domain::model::{AdminId, OrganizationId, Version};
use domain::service::{Progress, Services};

use crate::auth::Admin;
use crate::input::{Ids, IfMatch};
use crate::problem::Problem;
use crate::v1::params::{AdminPath, IfMatchHeader};

/// Delete an admin
///
/// For owners of the organization. Its tokens are not accepted any more, and its address is free again. An
/// organization always keeps an owner who may log in.
#[utoipa::path(
    tag = "Admins",
    params(AdminPath, IfMatchHeader),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 202, description = "It is sure to be deleted soon"),
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
        Progress::Made => Ok(HttpResponse::NoContent().finish()),
        Progress::Pending => Ok(HttpResponse::Accepted().finish()),
    }
}
