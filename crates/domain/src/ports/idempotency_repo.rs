//! Answers that are given again when a request is sent again.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Fingerprint, IdempotencyKey, StoredAnswer, Timestamp};

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
    /// Reserves `key` until `until`, unless it is known.
    ///
    /// MUST answer [`Begun::Fresh`] to exactly one of many concurrent callers. MUST take a reservation or
    /// an answer that ended at or before `now` for unknown.
    async fn begin(
        &self,
        key: &IdempotencyKey,
        fingerprint: &Fingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Begun, StoreError>;

    /// MUST keep `answer` under the reserved `key` until `until`.
    async fn finish(
        &self,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// MUST make a reserved `key` unknown again, and leave an answered one.
    async fn release(&self, key: &IdempotencyKey) -> Result<(), StoreError>;

    /// MUST remove what ended at or before `now`, and nothing else.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
