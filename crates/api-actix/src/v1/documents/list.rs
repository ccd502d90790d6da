//! All documents of an organization, a page at a time.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{DocumentId, OrganizationId};
use domain::service::Services;

use crate::answer::PageBody;
use crate::auth::Admin;
use crate::input::{Id, PageQuery, Parameters};
use crate::problem::Problem;
use crate::v1::model::DocumentBody;
use crate::v1::params::{OrganizationPath, PageParams};

/// List documents
///
/// The documents of the organization, in the order of their ids; for all its admins.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, PageParams),
    responses(
        (status = 200, description = "A page", body = PageBody<DocumentBody>),
        (status = 403, description = "forbidden"),
        (status = 409, description = "contended"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/documents")]
pub(super) async fn list_documents(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<OrganizationId>,
    query: Parameters<PageQuery<DocumentId>>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let PageQuery { after, size } = query.0;
    let found = services.documents.list(&admin.0, &id.0, after.as_ref(), size).await?;
    let page = PageBody::new(&found, DocumentBody, |item| item.id().as_str());
    Ok(page.answer(&request))
}
