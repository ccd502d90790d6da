//! Deletes a document.

use actix_web::{HttpResponse, delete, web};
use domain::model::{DocumentId, DocumentTag, OrganizationId};
use domain::service::Services;

use crate::auth::Admin;
use crate::input::{Ids, IfMatch};
use crate::problem::Problem;
use crate::v1::params::{DocumentPath, IfMatchHeader};

/// Delete a document
///
/// Requires the role `owner` or `admin`.
#[utoipa::path(
    tag = "Documents",
    params(DocumentPath, IfMatchHeader),
    responses(
        (status = 204, description = "Document deleted"),
        (status = 403, description = "forbidden"),
        (status = 404, description = "document_not_found"),
        (status = 503, description = "moving"),
    ),
    security(("bearer" = [])),
)]
#[delete("/organizations/{organization_id}/documents/{document_id}")]
pub(super) async fn delete_document(
    services: web::Data<Services>,
    admin: Admin,
    ids: Ids<OrganizationId, DocumentId>,
    condition: IfMatch<DocumentTag>,
) -> Result<HttpResponse, Problem> {
    services.documents.delete(&admin.context()?, &ids.0, &ids.1, &condition.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
