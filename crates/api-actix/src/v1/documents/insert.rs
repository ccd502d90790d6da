//! Inserts a document.

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::model::{self, OrganizationId};
use domain::service::Services;
use utoipa::ToSchema;

use crate::auth::Admin;
use crate::idempotency::{mark_document, replay_or_run_document};
use crate::input::{Body, FieldReader, FromFields, Id, document_limit};
use crate::problem::Problem;
use crate::v1::model::DocumentBody;
use crate::v1::params::{IdempotencyKeyHeader, OrganizationPath};
use crate::{offload, response};

/// JSON object of at most 1 MiB (or the limit configured for the installation) and 100 nesting
/// levels. `_id` is a string of 1 to 128 characters; the server generates it if it is omitted. Keys
/// must not start with `$` or contain `.`.
#[derive(ToSchema)]
#[schema(
    value_type = Map<DocumentKey, Value>,
    example = json!({"_id": "invoice-1", "total": 12.5, "lines": [{"item": "bolt", "count": 3}]}),
)]
pub(super) struct NewDocument(pub(super) model::NewDocument);

/// Key of a document member. It does not start with `$` and contains neither `.` nor NUL.
#[derive(ToSchema)]
#[schema(pattern = r"^([^$.\x00][^.\x00]*)?$")]
#[expect(dead_code, reason = "the domain validates keys at every nesting level")]
struct DocumentKey(String);

impl FromFields for NewDocument {
    fn limit(request: &HttpRequest) -> usize {
        document_limit(request)
    }

    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        fields.all(model::NewDocument::parse).map(Self)
    }
}

/// Insert a document
///
/// Requires the role `owner` or `admin`.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, IdempotencyKeyHeader),
    request_body = NewDocument,
    responses(
        (status = 201, description = "Document inserted", body = DocumentBody, headers(
            ("Location" = String, description = "Path of the document"),
            ("ETag" = String, description = "Hash of the document's content"),
        )),
        (status = 403, description = "forbidden, quota_exceeded"),
        (status = 409, description = "document_exists, contended"),
        (status = 503, description = "moving"),
    ),
    security(("bearer" = [])),
)]
#[post("/organizations/{organization_id}/documents", wrap = "from_fn(replay_or_run_document)")]
pub(super) async fn insert_document(
    services: web::Data<Services>,
    admin: Admin,
    id: Id<OrganizationId>,
    body: Body<NewDocument>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let document = body.0.0.with_id(|| services.document_id())?;
    let document = offload::hashed(&request, document).await?;
    services.documents.insert(&admin.context()?, &id.0, &document).await?;
    let path = format!("/v1/organizations/{}/documents", id.0);
    let mut response = response::document_created(&path, &document);
    mark_document(&mut response, document.id());
    Ok(response)
}
