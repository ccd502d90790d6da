//! `GET /health/ready`.

use std::time::Duration;

use actix_web::get;
use actix_web::rt::time::timeout;
use actix_web::web::{Data, Json};
use domain::ports::StoreError;
use domain::service::Services;

use super::{Health, ok};
use crate::problem::Problem;

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
    let ready = timeout(PATIENCE, services.ready()).await;
    ready.unwrap_or_else(|late| Err(StoreError::unavailable(late)))?;
    Ok(ok())
}

/// How long the store may take to tell.
const PATIENCE: Duration = Duration::from_secs(2);
