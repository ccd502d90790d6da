//! `GET /health`, for all dialects.

use actix_web::web::{Data, Json};
use actix_web::{HttpMessage, HttpRequest, get};
use domain::service::Services;
use serde::Serialize;
use utoipa::ToSchema;

use super::org;
use crate::problem::Problem;
use crate::readiness::is_ready;

/// Health of the service.
#[derive(Serialize, ToSchema)]
#[schema(as = CompatHealth)]
struct Health {
    /// Always true.
    success: bool,
    /// Always `healthy`; failures have an error status.
    #[schema(example = "healthy")]
    status: &'static str,
    /// Name of the service.
    #[schema(example = "Tenantry")]
    service: &'static str,
    /// Version of the service.
    version: &'static str,
    /// Always `production`.
    #[schema(example = "production")]
    environment: &'static str,
}

/// Check readiness
///
/// For clients of the legacy services, all of which have this endpoint. Like `/health/ready`, it
/// queries the store with a timeout of two seconds.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health",
    responses(
        (status = OK, description = "Ready to serve requests", body = Health),
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
