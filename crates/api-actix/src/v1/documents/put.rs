//! Replaces or inserts a document.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, put, web};
use domain::model::{DocumentId, DocumentTag, Invalid, OrganizationId};
use domain::service::{self, Put, Services};

use super::insert::NewDocument;
use crate::auth::Admin;
use crate::input::{Body, Ids, IfMatch, Wanted};
use crate::problem::Problem;
use crate::v1::model::DocumentBody;
use crate::v1::params::{DocumentPath, IfMatchHeader};
use crate::{offload, response};

/// Replace or insert a document
///
/// Requires the role `owner` or `admin`. Without `If-Match`, the server inserts the document if it
/// does not exist. An `_id` in the body must equal the one in the path.
#[utoipa::path(
    tag = "Documents",
    params(DocumentPath, IfMatchHeader),
    request_body = NewDocument,
    responses(
        (status = 200, description = "Document replaced", body = DocumentBody, headers(
            ("ETag" = String, description = "Hash of the document's content"),
        )),
        (status = 201, description = "Document inserted", body = DocumentBody, headers(
            ("Location" = String, description = "Path of the document"),
            ("ETag" = String, description = "Hash of the document's content"),
        )),
        (status = 403, description = "forbidden, quota_exceeded"),
        (status = 409, description = "contended"),
        (status = 503, description = "moving"),
    ),
    security(("bearer" = [])),
)]
#[put("/organizations/{organization_id}/documents/{document_id}")]
pub(super) async fn put_document(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, Wanted<DocumentId>>,
    condition: IfMatch<DocumentTag>,
    body: Body<NewDocument>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let Ids(organization, Wanted(id)) = ids;
    let id = id.map_err(|invalid| service::Error::Invalid(invalid.at("/_id")))?;
    let new = body.0.0;
    if new.id().is_some_and(|given| *given != id) {
        let invalid = Invalid::Format("must equal the id in the path").at("/_id");
        return Err(service::Error::Invalid(invalid).into());
    }
    let document = offload::hashed(&request, new.with_id(|| id)?).await?;
    let put =
        services.documents.put(&admin.context()?, &organization, &document, &condition.0).await?;
    Ok(match put {
        Put::Replaced => response::document_changed(StatusCode::OK, &document),
        Put::Created => {
            let path = format!("/v1/organizations/{organization}/documents");
            response::document_created(&path, &document)
        }
    })
}
