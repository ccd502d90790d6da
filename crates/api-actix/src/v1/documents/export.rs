//! All documents of an organization.

use actix_web::{HttpRequest, HttpResponse, get, web};
use domain::model::{Filter, OrganizationId};
use domain::service::{Exporter, Services};

use super::list::filter;
use crate::answer;
use crate::auth::Admin;
use crate::head::is_head_only;
use crate::input::{Fields, FromFields, Id, Parameters};
use crate::problem::Problem;
use crate::streams::{StreamPermit, Streams};
use crate::v1::model::DocumentBody;
use crate::v1::params::OrganizationPath;

/// Which documents.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ExportDocuments {
    /// Only documents that pass, as in a list; all of them without it.
    #[param(value_type = Option<String>, nullable = false, example = r#"{"paid": false}"#)]
    filter: Option<Filter>,
}

impl FromFields for ExportDocuments {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        Some(Self { filter: fields.optional("filter", filter)? })
    }
}

/// Export documents
///
/// All documents of the organization, or those that pass a filter, one JSON object a line in the order of their ids; for
/// its owners and admins. What is written meanwhile may be there or not. An export that fails on the way ends without
/// the end of a complete answer, and so does one of which a client takes less than 60 KiB while it is waited for for a
/// minute. The audit trail tells who began one. An organization has up to 8 imports and exports at once.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, ExportDocuments),
    responses(
        (status = 200, description = "A line for each document",
            body = DocumentBody, content_type = "application/x-ndjson", headers(
            ("Content-Disposition" = String, description = "The name of the file"),
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
        return Ok(answer::file_head(name));
    }
    let permit = streams.open_of(&id.0)?;
    let next = |(mut exporter, permit): (Exporter, StreamPermit)| async move {
        let documents = exporter.next().await?;
        Ok(documents.map(|documents| (answer::documents(&documents), (exporter, permit))))
    };
    Ok(answer::file(name, (export.begin().await?, permit), next))
}
