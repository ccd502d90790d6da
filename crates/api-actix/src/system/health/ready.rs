//! `GET /health/ready`.

use actix_web::get;
use actix_web::web::{Data, Json};
use domain::service::Services;

use super::{Health, ok};
use crate::problem::Problem;
use crate::readiness::is_ready;

/// Tell whether requests can be served
///
/// Asks the store, and waits two seconds for it at most. A load balancer sends requests elsewhere
/// while this fails.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health_ready",
    responses(
        (status = OK, description = "Requests can be served", body = Health),
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
