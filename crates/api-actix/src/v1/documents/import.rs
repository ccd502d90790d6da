//! Imports documents in bulk.

mod accept;
mod batch;
mod report;
mod response;

use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::model::{ImportMode, OrganizationId};
use domain::service::Services;

use self::accept::asks_for_lines;
use self::batch::Batches;
use self::report::{ImportLine, ImportReport};
use crate::auth::Admin;
use crate::input::{FieldReader, FromFields, Id, Lines, Parameters, text};
use crate::problem::Problem;
use crate::streams::Streams;
use crate::v1::params::OrganizationPath;

/// Options of an import.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportDocuments {
    /// How to handle a document whose `_id` already exists: reject the line (`insert`), replace the
    /// stored document (`upsert`), or skip the line (`skip`).
    #[param(value_type = Option<ModeBody>, inline, nullable = false)]
    mode: ImportMode,
}

/// How to handle a document whose `_id` already exists.
#[derive(utoipa::ToSchema)]
#[schema(as = ImportMode, rename_all = "snake_case", default = "insert")]
#[expect(dead_code, reason = "only describes the values of domain::model::ImportMode")]
enum ModeBody {
    Insert,
    Upsert,
    Skip,
}

impl FromFields for ImportDocuments {
    fn from_fields(fields: &mut FieldReader) -> Option<Self> {
        let mode = fields.optional("mode", text(|text: String| ImportMode::parse(&text)));
        Some(Self { mode: mode?.unwrap_or_default() })
    }
}

/// Import documents
///
/// Accepts a body of any length with one JSON object per line. Requires the role `owner` or
/// `admin`. Empty lines are ignored, but counted. A line that is not a valid document is rejected
/// and reported with its number; the import continues with the other lines.
///
/// The server writes lines in batches of up to 1000 non-empty lines or 1 MiB. A reported batch is
/// durable and recorded in the audit trail. If an import ends early, the batches written before are
/// kept: send the rest again, or send everything again with `mode=skip` or `mode=upsert`. If the
/// client sends nothing for 30 seconds, or less than 60 KiB during one minute in which the server
/// waits for it, the import ends with 408; complete lines received until then are written. A batch
/// is written at the latest one minute after its first line arrived.
///
/// An organization can run up to 8 imports, exports and verifications of its audit trail at the
/// same time.
///
/// By default, the response is sent at the end of the import and contains the line counts. With
/// `Accept: application/x-ndjson`, the response starts immediately and contains one line per batch,
/// then a last line with `done` or `problem`: read it while you send the body.
///
/// If an import is aborted, the response is a problem whose member `import` contains the counts so
/// far; `uncertain` in it is the range of lines whose outcome is unknown.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, ImportDocuments),
    request_body(
        content = String,
        content_type = "application/x-ndjson",
        description = "One `NewDocument` per line",
        example = "{\"_id\": \"invoice-1\", \"total\": 12.5}\n{\"_id\": \"invoice-2\", \"total\": 7}\n",
    ),
    responses(
        (status = 200, description = "Import report", content(
            (ImportReport = "application/json"),
            (ImportLine = "application/x-ndjson"),
        )),
        (status = 403, description = "forbidden, quota_exceeded"),
        (status = 429, description = "too_many_streams"),
        (status = 503, description = "moving, overloaded"),
    ),
    security(("bearer" = [])),
)]
#[post("/organizations/{organization_id}/documents/import")]
pub(super) async fn import_documents(
    services: web::Data<Services>,
    streams: web::Data<Streams>,
    admin: Admin,
    id: Id<OrganizationId>,
    query: Parameters<ImportDocuments>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    let importer = services.documents.import(&admin.context()?, &id.0, query.0.mode)?;
    let (limit, options) = (services.documents.limit().bytes(), streams.options());
    let lines = Lines::of(&request, body.into_inner(), limit, options)?;
    let permit = streams.open_of(&id.0)?;
    let source = (request.clone(), lines);
    let batches = Batches::new(services, importer, source, limit, (permit, options.batch));
    if asks_for_lines(&request) {
        Ok(response::streamed(batches, request))
    } else {
        response::counted(batches).await
    }
}
