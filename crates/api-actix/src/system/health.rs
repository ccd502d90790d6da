//! Whether the server works, for whatever watches over it.

pub(super) mod live;
pub(super) mod ready;

use std::time::Duration;

use actix_web::rt::time::timeout;
use actix_web::web::Json;
use domain::ports::StoreError;
use domain::service::Services;
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

/// How long the store may take to tell.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the store whether requests can be served.
pub(crate) async fn is_ready(services: &Services) -> Result<(), StoreError> {
    let ready = timeout(PATIENCE, services.ready()).await;
    ready.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}

fn ok() -> Json<Health> {
    Json(Health { status: HealthStatus::Ok })
}
