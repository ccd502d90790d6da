//! Audit trails: one per organization, and the installation's own.

mod events;
mod export;
mod installation;
mod list;
mod verify;

use actix_web::{HttpRequest, HttpResponse};
use domain::service::{Services, TrailContext, TrailReader};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::idle;
use crate::problem::Problem;
use crate::response;
use crate::streams::StreamPermit;
use crate::v1::model::VerificationBody;

/// Streams the whole of `trail` as a file download called `name`.
async fn file(
    services: &Services,
    trail: &TrailContext,
    name: String,
    permit: StreamPermit,
) -> Result<HttpResponse, Problem> {
    let reader = services.audit.export(trail).await?;
    let next = |(mut reader, permit): (TrailReader, StreamPermit)| async move {
        let lines = reader.next().await?;
        lines.map(|lines| Ok((response::text(&lines)?, (reader, permit)))).transpose()
    };
    Ok(response::file(name, (reader, permit), next))
}

/// Verifies `trail` and returns the result. Stops when the client of `request` disconnects.
async fn verified(
    services: &Services,
    trail: &TrailContext,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = idle::while_connected(request, services.audit.verify(trail)).await??;
    Ok(HttpResponse::Ok().json(VerificationBody::from(found)))
}

/// Registers the operations.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_audit_events)
        .service(export::export_audit_events)
        .service(verify::verify_audit_events)
        .configure(installation::configure);
}
