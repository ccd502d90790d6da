//! Answers that are given again when a request is sent again.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Reservation, StoredAnswer, Timestamp};

/// What is known of a request when it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is new, and reserved for whoever got this answer.
    Fresh,
    /// It was reserved and is not finished.
    Running,
    /// The key belongs to a request that asked for something else.
    Mismatch,
    /// It was answered.
    Answered(StoredAnswer),
}

/// Answers of requests that carried a key.
#[async_trait]
pub trait IdempotencyRepo: Send + Sync {
    /// Takes `reservation`, unless its key is known.
    ///
    /// MUST answer [`Begun::Fresh`] to exactly one of many concurrent callers. MUST take a reservation or
    /// an answer that ended at or before `now` for unknown.
    async fn begin(&self, reservation: &Reservation, now: Timestamp) -> Result<Begun, StoreError>;

    /// MUST keep `answer` under the key until `until`. MUST do nothing when `reservation` is not there any
    /// more: what somebody else reserved or answered since is not its own.
    async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// MUST make the key unknown again. MUST do nothing when `reservation` is not there any more.
    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError>;

    /// MUST remove what ended at or before `now`, and nothing else.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
