//! Readiness probe of the store.

use async_trait::async_trait;

use super::StoreError;

/// Checks whether the store can serve requests.
#[async_trait]
pub trait StoreProbe: Send + Sync {
    /// MUST succeed when the store can serve reads and writes, and otherwise fail within 2 seconds.
    async fn ready(&self) -> Result<(), StoreError>;
}
