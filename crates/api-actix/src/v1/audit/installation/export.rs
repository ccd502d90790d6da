//! Exports the installation's audit trail.

use actix_web::{HttpResponse, get, web};
use domain::service::Services;

use crate::auth::Operator;
use crate::problem::Problem;
use crate::streams::StreamPermit;
use crate::v1::audit::file;
use crate::v1::model::TrailLineBody;

/// Export the installation's audit trail
///
/// Same format as the export of an organization's trail, with the events that belong to no
/// organization. Requires the operator token.
#[utoipa::path(
    tag = "Audit trails",
    responses(
        (status = 200, description = "One line per event and checkpoint",
            body = TrailLineBody, content_type = "application/x-ndjson", headers(
            ("Content-Disposition" = String, description = "File name"),
        )),
        (status = 403, description = "forbidden"),
    ),
    security(("bearer" = [])),
)]
#[get("/audit-events/export")]
pub(super) async fn export_installation_events(
    services: web::Data<Services>,
    operator: Operator,
) -> Result<HttpResponse, Problem> {
    let trail = services.audit.of_installation(&operator.0);
    let permit = StreamPermit::UNLIMITED;
    file(&services, &trail, "audit-installation.ndjson".to_owned(), permit).await
}
