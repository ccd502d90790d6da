//! `GET /health/live`.

use actix_web::get;
use actix_web::web::Json;

use super::{Health, ok};

/// Tell whether the process runs
///
/// Always 200 while the server can answer at all; it does not look at the store. A watchdog may
/// restart the process when this fails.
#[utoipa::path(
    tag = "System",
    operation_id = "get_health_live",
    responses((status = OK, description = "The process runs", body = Health)),
    security(()),
)]
#[get("/health/live")]
pub(in crate::system) async fn get_health_live() -> Json<Health> {
    ok()
}
