//! Many documents at once.

mod accept;
mod answer;
mod batch;
mod report;

use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::model::{ImportMode, OrganizationId};
use domain::service::Services;

use self::accept::asks_for_lines;
use self::batch::Batches;
use self::report::{ImportLine, ImportReport};
use crate::auth::Admin;
use crate::input::{Fields, FromFields, Id, Lines, Parameters, text};
use crate::problem::Problem;
use crate::streams::Streams;
use crate::v1::params::OrganizationPath;

/// How to import.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct ImportDocuments {
    /// What becomes of a document whose `_id` is there already: it is refused (`insert`), takes the place of the other
    /// (`upsert`), or is passed over (`skip`).
    #[param(value_type = Option<ModeBody>, inline, nullable = false)]
    mode: ImportMode,
}

/// What becomes of a document whose `_id` is there already.
#[derive(utoipa::ToSchema)]
#[schema(as = ImportMode, rename_all = "snake_case", default = "insert")]
#[expect(dead_code, reason = "it only describes the words of domain::model::ImportMode")]
enum ModeBody {
    Insert,
    Upsert,
    Skip,
}

impl FromFields for ImportDocuments {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let mode = fields.optional("mode", text(|text: String| ImportMode::parse(&text)));
        Some(Self { mode: mode?.unwrap_or_default() })
    }
}

/// Import documents
///
/// A body of any length, with one JSON object a line; for owners and admins of the organization. Empty lines are passed
/// over, but counted. A line that is no document is refused and told with its number; the others go on.
///
/// Lines are written in batches of up to 1000 lines that are not empty, or 1 MiB. A batch that is told is on the disk, and the audit trail has
/// it. Whatever ends an import on the way, the batches before are kept: send the rest again, or all of it with
/// `mode=skip` or `upsert`. A client that sends nothing for 30 seconds, or less than 60 KiB while it is waited for for a
/// minute, ends it (408); what it sent in whole lines is written, and in any case a minute after the first line of a batch.
///
/// An organization has up to 8 imports and exports at once.
///
/// The answer counts lines when all is done. With `Accept: application/x-ndjson` it begins at once and has a line for
/// each batch, and a last one with `done` or `problem`: read it while you send.
///
/// An import that has to stop answers with a problem whose member `import` has the counts so far, and in `uncertain` the
/// lines of which it is not known what became of them.
#[utoipa::path(
    tag = "Documents",
    params(OrganizationPath, ImportDocuments),
    request_body(
        content = String,
        content_type = "application/x-ndjson",
        description = "A `NewDocument` a line",
        example = "{\"_id\": \"invoice-1\", \"total\": 12.5}\n{\"_id\": \"invoice-2\", \"total\": 7}\n",
    ),
    responses(
        (status = 200, description = "What became of the lines", content(
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
        Ok(answer::streamed(batches, request))
    } else {
        answer::counted(batches).await
    }
}
