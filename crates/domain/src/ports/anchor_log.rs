//! Checkpoints outside the store.

use async_trait::async_trait;

use super::BoxError;
use crate::model::SignedHead;

/// Append-only log of the checkpoints that this server signed, outside the reach of administrators of the
/// database.
#[async_trait]
pub trait AnchorLog: Send + Sync {
    /// MUST return, for each trail, the checkpoint with the last place of all that were appended before
    /// the log was opened.
    fn restored(&self) -> Vec<SignedHead>;

    /// MUST append `checkpoint`, durable before it is acknowledged.
    ///
    /// # Errors
    /// When the log can't be written; the caller appends the checkpoint again later.
    async fn append(&self, checkpoint: &SignedHead) -> Result<(), BoxError>;
}
