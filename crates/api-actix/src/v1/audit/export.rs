//! The whole trail of an organization.

use actix_web::{HttpResponse, get, web};
use domain::model::OrganizationId;
use domain::service::Services;

use super::file;
use crate::auth::AnyCaller;
use crate::input::Id;
use crate::problem::Problem;
use crate::streams::Streams;
use crate::v1::model::TrailLineBody;
use crate::v1::params::OrganizationPath;

/// Export the audit trail
///
/// All events of the organization as they are kept, one JSON object a line, with the signatures where they belong;
/// the last line is a signature under the end. `tenantry audit verify` checks such a file without the server.
/// For owners and the operator. An export that fails on the way ends without the end of a complete answer.
#[utoipa::path(
    tag = "Audit trails",
    params(OrganizationPath),
    responses(
        (status = 200, description = "A line for each event and signature",
            body = TrailLineBody, content_type = "application/x-ndjson", headers(
            ("Content-Disposition" = String, description = "The name of the file"),
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
    caller: AnyCaller,
    id: Id<OrganizationId>,
) -> Result<HttpResponse, Problem> {
    let caller = caller.context()?;
    let trail = services.audit.all_of(&caller, &id.0).await?;
    let permit = streams.open(&caller)?;
    file(&services, &trail, format!("audit-{}.ndjson", id.0), permit).await
}
