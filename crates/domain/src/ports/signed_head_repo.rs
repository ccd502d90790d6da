//! Signed heads of audit trails.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Page, PageSize, Seq, SignedHead, Trail};

/// Keeps the signatures under audit trails. A write MUST be durable before it is acknowledged. A read MUST
/// return [`SignedHead::unreadable`] for a record that is not a signed head of the trail and place of its key.
#[async_trait]
pub trait SignedHeadRepo: Send + Sync {
    /// Adds a signed head. MUST succeed, and change nothing, when the trail has one of the same place and the same
    /// key; MUST put it in the place of one with another key. MUST change nothing and return false when a signed
    /// head at another place of the trail has its number; numbers ascend with the places.
    async fn keep(&self, head: &SignedHead) -> Result<bool, StoreError>;

    /// MUST list the signed heads of `trail` in ascending order of their places, from the first one after `after`.
    async fn list(
        &self,
        trail: &Trail,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<SignedHead>, StoreError>;

    /// MUST tell the one of `trail` with the last place.
    async fn latest(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError>;

    /// Lets the trail of `mark` begin after it, and puts `mark` in the place of the signed head there. MUST be one
    /// write: from then on `mark` is the [`Self::start`], whatever is still there before it. MUST change nothing
    /// when the trail begins later already, or has no signed head at that place.
    async fn begin_after(&self, mark: &SignedHead) -> Result<(), StoreError>;

    /// MUST tell the signed head that `trail` begins after; none when it begins with its first event.
    async fn start(&self, trail: &Trail) -> Result<Option<SignedHead>, StoreError>;

    /// MUST remove the signed heads of `trail` before the place `seq`, and no other.
    async fn remove_before(&self, trail: &Trail, seq: Seq) -> Result<(), StoreError>;
}
