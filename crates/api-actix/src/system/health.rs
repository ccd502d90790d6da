//! Whether the server works, for whatever watches over it.

pub(super) mod live;
pub(super) mod ready;

use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That it works.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"status": "ok"}))]
pub(super) struct Health {
    status: HealthStatus,
}

/// The only status there is; everything else is told by the HTTP status.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum HealthStatus {
    Ok,
}

fn ok() -> Json<Health> {
    Json(Health { status: HealthStatus::Ok })
}
