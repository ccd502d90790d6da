//! Whether the store is there.

use async_trait::async_trait;

use super::StoreError;

/// Tells whether the store can serve.
#[async_trait]
pub trait StoreProbe: Send + Sync {
    /// MUST succeed when reads and writes can be served, and fail, within 2 seconds, when they can't.
    async fn ready(&self) -> Result<(), StoreError>;
}
