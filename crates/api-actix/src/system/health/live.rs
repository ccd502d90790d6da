//! `GET /health/live`.

use actix_web::get;
use actix_web::web::Json;

use super::{Health, ok};

/// Check liveness
///
/// Returns 200 whenever the server can respond; does not query the store. A watchdog may restart
/// the process if this fails.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health_live",
    responses((status = OK, description = "Process is alive", body = Health)),
    security(()),
)]
#[get("/health/live")]
pub(in crate::system) async fn get_health_live() -> Json<Health> {
    ok()
}
