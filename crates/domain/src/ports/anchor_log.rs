//! Log of audit checkpoints outside the store.

use async_trait::async_trait;

use super::BoxError;
use crate::model::Checkpoint;

/// Append-only log of the checkpoints that this server signed, out of reach of the database's
/// administrators.
#[async_trait]
pub trait AnchorLog: Send + Sync {
    /// MUST return, for each trail, the checkpoint with the highest position of all that were
    /// appended before the log was opened. MAY return nothing when it is called again: the caller
    /// keeps them.
    fn restored(&self) -> Vec<Checkpoint>;

    /// MUST append `checkpoint`, and make it durable before it acknowledges.
    ///
    /// # Errors
    /// When the log can't be written. The caller appends the checkpoint again later.
    async fn append(&self, checkpoint: &Checkpoint) -> Result<(), BoxError>;
}
