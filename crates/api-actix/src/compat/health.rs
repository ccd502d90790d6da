//! `GET /health`, for all dialects.

use actix_web::web::{Data, Json};
use actix_web::{HttpMessage, HttpRequest, get};
use domain::service::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::org;
use crate::problem::Problem;
use crate::readiness::is_ready;

/// That requests are served.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatHealth)]
struct Health {
    /// Always true.
    success: bool,
    /// Always `healthy`; everything else is told by the HTTP status.
    #[schema(example = "healthy")]
    status: &'static str,
    /// The program that answers.
    #[schema(example = "Tenantry")]
    service: &'static str,
    /// Its version.
    version: &'static str,
    /// Always `production`.
    #[schema(example = "production")]
    environment: &'static str,
}

/// Tell whether requests can be served
///
/// For clients of the reference services, all of which have it. As `/health/ready`, it asks the
/// store, and waits two seconds for it at most.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health",
    responses(
        (status = OK, description = "Requests can be served", body = Health),
        (status = SERVICE_UNAVAILABLE, description = "The store does not answer"),
    ),
    security(()),
)]
#[get("/health")]
pub(super) async fn get_health(
    services: Data<Services>,
    request: HttpRequest,
) -> Result<Json<Health>, Problem> {
    request.extensions_mut().insert(org::ERROR_FORMAT);
    is_ready(&services).await?;
    Ok(Json(Health {
        success: true,
        status: "healthy",
        service: "Tenantry",
        version: env!("CARGO_PKG_VERSION"),
        environment: "production",
    }))
}
