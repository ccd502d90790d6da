//! Repository of audit checkpoints.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Checkpoint, Page, PageSize, Seq, Trail};

/// Stores the checkpoints of audit trails. A write MUST be durable before it is acknowledged. A
/// read MUST return [`Checkpoint::unreadable`] for a record that is not a checkpoint of the trail
/// and position in its key.
#[async_trait]
pub trait CheckpointRepo: Send + Sync {
    /// Inserts a checkpoint. MUST succeed and change nothing when the trail has one at the same
    /// position with the same key; MUST replace one with another key. MUST change nothing and
    /// return false when a checkpoint at another position of the trail has its number; numbers
    /// ascend with the positions.
    async fn keep(&self, head: &Checkpoint) -> Result<bool, StoreError>;

    /// MUST list the checkpoints of `trail` in ascending order of their positions, beginning with
    /// the first one after `after`.
    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<Checkpoint>, StoreError>;

    /// MUST return the checkpoint of `trail` with the highest position.
    async fn latest(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError>;

    /// Truncates the trail of `mark` so that it begins after the mark, and replaces the checkpoint
    /// there with `mark`. MUST be one write: from then on `mark` is the [`Self::start`], whatever
    /// is still stored before it. MUST change nothing when the trail begins later already, or has
    /// no checkpoint at that position.
    async fn begin_after(&self, mark: &Checkpoint) -> Result<(), StoreError>;

    /// MUST return the retention mark after which `trail` begins; none when it begins with its
    /// first event.
    async fn start(&self, trail: &Trail) -> Result<Option<Checkpoint>, StoreError>;

    /// MUST remove the checkpoints of `trail` before the position `seq`, and no others.
    async fn remove_before(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError>;
}
