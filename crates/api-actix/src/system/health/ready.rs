//! `GET /health/ready`.

use actix_web::get;
use actix_web::web::{Data, Json};
use domain::service::Services;

use super::{Health, ok};
use crate::problem::Problem;
use crate::readiness::is_ready;

/// Check readiness
///
/// Queries the store with a timeout of two seconds. A load balancer should route requests elsewhere
/// while this fails.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health_ready",
    responses(
        (status = OK, description = "Ready to serve requests", body = Health),
        (status = SERVICE_UNAVAILABLE, description = "store_unavailable"),
    ),
    security(()),
)]
#[get("/health/ready")]
pub(in crate::system) async fn get_health_ready(
    services: Data<Services>,
) -> Result<Json<Health>, Problem> {
    is_ready(&services).await?;
    Ok(ok())
}
