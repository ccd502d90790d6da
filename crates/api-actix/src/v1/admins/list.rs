//! Lists the admins of an organization, page by page.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{AdminId, OrganizationId};
use domain::service::Services;

use crate::auth::Admin;
use crate::input::{Id, PageQuery, Parameters};
use crate::problem::Problem;
use crate::response::PageBody;
use crate::v1::model::AdminBody;
use crate::v1::params::{OrganizationPath, PageParams};

/// List admins
///
/// Returns the admins of the organization in order of creation. Open to every admin of the
/// organization.
#[utoipa::path(
    tag = "Admins",
    params(OrganizationPath, PageParams),
    responses(
        (status = 200, description = "Page of admins", body = PageBody<AdminBody>),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/admins")]
pub(super) async fn list_admins(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<OrganizationId>,
    query: Parameters<PageQuery<AdminId>>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let PageQuery { after, size } = query.0;
    let found = services.admins.list(&admin.context()?, &id.0, after.as_ref(), size).await?;
    let page = PageBody::new(&found, AdminBody::from, |item| item.id().as_str());
    Ok(page.respond(&request))
}
