//! Exports the audit trail of an organization.

use actix_web::{HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use super::file;
use crate::auth::RequiredCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::streams::Streams;
use crate::v1::model::TrailLineBody;
use crate::v1::params::OrganizationPath;

/// Export the audit trail
///
/// Streams all events of the organization as stored, one JSON object per line, with the signed
/// checkpoints in their places; the last line is a checkpoint of the end of the trail. `tenantry
/// audit verify` verifies such a file offline. Requires the role `owner` or the operator token. If
/// the export fails midway, the server closes the connection without terminating the response body,
/// so clients detect the truncation.
#[utoipa::path(
    tag = "Audit trails",
    params(OrganizationPath),
    responses(
        (status = 200, description = "One line per event and checkpoint",
            body = TrailLineBody, content_type = "application/x-ndjson", headers(
            ("Content-Disposition" = String, description = "File name"),
        )),
        (status = 403, description = "forbidden"),
        (status = 429, description = "too_many_streams"),
    ),
    security(("bearer" = [])),
)]
#[get("/organizations/{organization_id}/audit-events/export")]
pub(super) async fn export_audit_events(
    services: web::Data<Services>,
    streams: web::Data<Streams>,
    caller: RequiredCaller,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.context()?;
    let trail = services.audit.whole_trail_of(&caller, &id.0).await?;
    let permit = streams.open(&caller)?;
    file(&services, &trail, format!("audit-{}.ndjson", id.0), permit).await
}
