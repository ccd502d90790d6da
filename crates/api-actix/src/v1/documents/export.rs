//! Exports the documents of an organization.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{Filter, OrganizationId};
use domain::service::{Exporter, Services};

use super::list::filter;
use crate::auth::Admin;
use crate::head::is_head_only;
use crate::input::{FieldReader, FromFields, Id, Parameters};
use crate::problem::Problem;
use crate::response;
use crate::streams::{StreamPermit, Streams};
use crate::v1::model::DocumentBody;
use crate::v1::params::OrganizationPath;

/// Filter of an export.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportDocuments {
    /// Only documents that match this filter, in the syntax of the list operation. Default: all
    /// documents.
    #[param(value_type = Option<String>, nullable = false, example = r#"{"paid": false}"#)]
    filter: Option<Filter>,
}

impl FromFields for ExportDocuments {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        Some(Self { filter: fields.optional("filter", filter)? })
    }
}

/// Export documents
///
/// Streams all documents of the organization, or those that match a filter, one JSON object per
/// line, ordered by `_id`. Requires the role `owner` or `admin`. Concurrent writes may or may not
/// be included. If the export fails midway, or if the client reads less than 60 KiB during one
/// minute in which the server waits for it, the server closes the connection without terminating
/// the response body, so clients detect the truncation. The audit trail records who started an
/// export. An organization can run up to 8 imports, exports and verifications of its audit trail at
/// the same time.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, ExportDocuments),
    responses(
        (status = 200, description = "One line per document",
            body = DocumentBody, content_type = "application/x-ndjson", headers(
            ("Content-Disposition" = String, description = "File name"),
        )),
        (status = 403, description = "forbidden"),
        (status = 429, description = "too_many_streams"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/documents/export")]
pub(super) async fn export_documents(
    services: web::Data<Services>,
    streams: web::Data<Streams>,
    admin: Admin,
    id: Id<OrganizationId>,
    query: Parameters<ExportDocuments>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let export =
        services.documents.export(&admin.context()?, &id.0, query.0.filter.unwrap_or_default())?;
    let name = format!("documents-{}.ndjson", id.0);
    if is_head_only(&request) {
        return Ok(response::file_head(name));
    }
    let permit = streams.open_of(&id.0)?;
    let next = |(mut exporter, permit): (Exporter, StreamPermit)| async move {
        let documents = exporter.next().await?;
        Ok(documents.map(|documents| (response::documents(&documents), (exporter, permit))))
    };
    Ok(response::file(name, (export.begin().await?, permit), next))
}
