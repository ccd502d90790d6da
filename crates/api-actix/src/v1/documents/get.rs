//! Returns one document.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{DocumentId, OrganizationId};
use domain::service::Services;

use crate::auth::Admin;
use crate::input::Ids;
use crate::problem::Problem;
use crate::v1::model::DocumentBody;
use crate::v1::params::{DocumentPath, IfNoneMatchHeader};
use crate::{in_flight, offload, response};

/// Get a document
///
/// Open to every admin of the organization.
#[utoipa::path(
    tag = "Documents",
    params(DocumentPath, IfNoneMatchHeader),
    responses(
        (status = 200, description = "Document", body = DocumentBody, headers(
            ("ETag" = String, description = "Hash of the document's content"),
        )),
        (status = 304, description = "Not modified since the `ETag` in `If-None-Match`"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "document_not_found"),
        (status = 409, description = "contended"),
        (status = 503, description = "moving, overloaded"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/documents/{document_id}")]
pub(super) async fn get_document(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, DocumentId>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let admin = admin.context()?;
    let read = || services.documents.get(&admin, &ids.0, &ids.1);
    let found = in_flight::read(&request, read, |found| found.json().len()).await?;
    Ok(response::document_ok(&request, &offload::hashed(&request, found).await?))
}
