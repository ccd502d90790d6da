//! Health checks for monitoring.

pub(super) mod live;
pub(super) mod ready;

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// Health status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub(super) struct Health {
    status: HealthStatus,
}

/// The only status; failures have an error status code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    Ok,
}

fn ok() -> Json<Health> {
    Json(Health { status: HealthStatus::Ok })
}
