//! Updates members of a document.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, patch, web};
use domain::model::{self, DocumentId, DocumentTag, OrganizationId};
use domain::service::Services;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::input::{Body, FieldReader, FromFields, Ids, IfMatch, document_limit};
use crate::problem::Problem;
use crate::v1::model::DocumentBody;
use crate::v1::params::{DocumentPath, IfMatchHeader};
use crate::{in_flight, response};

/// Changes to a document as a JSON merge patch (RFC 7396): null removes a member, an object is
/// merged, any other value replaces the member. The result must be a valid document.
#[derive(ToSchema)]
#[schema(value_type = Map<String, Value>, example = json!({"paid": true, "reminder": null}))]
struct DocumentPatch(model::DocumentPatch);

impl FromFields for DocumentPatch {
    const MEDIA_TYPES: &'static [&'static str] =
        &["application/merge-patch+json", "application/json"];

    fn limit(request: &HttpRequest) -> usize {
        document_limit(request)
    }

    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        Some(Self(model::DocumentPatch::new(&fields.rest())))
    }
}

/// Update a document
///
/// Requires the role `owner` or `admin`.
#[utoipa::path(
    tag = "Documents",
    params(DocumentPath, IfMatchHeader),
    request_body(content(
        (DocumentPatch = "application/merge-patch+json"),
        (DocumentPatch = "application/json"),
    )),
    responses(
        (status = 200, description = "Document updated", body = DocumentBody, headers(
            ("ETag" = String, description = "Hash of the document's content"),
        )),
        (status = 403, description = "forbidden, quota_exceeded"),
        (status = 404, description = "document_not_found"),
        (status = 409, description = "contended"),
        (status = 503, description = "moving"),
    ),
    security(("bearer" = [])),
)]
#[patch("/organizations/{organization_id}/documents/{document_id}")]
pub(super) async fn update_document(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, DocumentId>,
    condition: IfMatch<DocumentTag>,
    body: Body<DocumentPatch>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let documents = &services.documents;
    let document =
        documents.patch(&admin.context()?, &ids.0, &ids.1, &body.0.0, &condition.0).await?;
    // The change is written, so the response is sent even if the reservation of bytes times out.
    let _ = in_flight::hold(&request, document.json().len()).await;
    Ok(response::document_changed(StatusCode::OK, &document))
}
