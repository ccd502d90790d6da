//! Readiness of the server, for health checks.

use std::time::Duration;

use actix_web::rt::time::timeout;
use domain::ports::StoreError;
use domain::service::Services;

/// Maximum wait for the store.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Checks that the store answers, within the timeout.
pub(crate) async fn is_ready(services: &Services) -> Result<(), StoreError> {
    let ready = timeout(TIMEOUT, services.ready()).await;
    ready.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}
