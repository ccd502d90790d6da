//! Repository of idempotency keys and the responses stored under them.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{Reservation, StoredResponse, Timestamp};

/// State of an idempotency key when a request arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyState {
    /// The key is new, and now reserved for this caller.
    New,
    /// Another request holds the reservation and has not completed.
    InProgress,
    /// The key was used with a different request.
    Mismatch,
    /// The request completed with this response.
    Completed(StoredResponse),
}

/// Stores responses of requests that carried an idempotency key.
#[async_trait]
pub trait IdempotencyRepo: Send + Sync {
    /// Reserves the key of `reservation`, unless the key exists.
    ///
    /// MUST return [`IdempotencyState::New`] to exactly one of many concurrent callers. MUST ignore
    /// a reservation or response that expired at or before `now`.
    async fn begin(
        &self,
        reservation: &Reservation,
        now: Timestamp,
    ) -> Result<IdempotencyState, StoreError>;

    /// MUST store `answer` under the key until `until`. MUST do nothing when `reservation` no
    /// longer exists: a later reservation or response belongs to another request.
    async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredResponse,
        until: Timestamp,
    ) -> Result<(), StoreError>;

    /// MUST delete the reservation, so that the key is new again. MUST do nothing when
    /// `reservation` no longer exists.
    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError>;

    /// MUST remove exactly what expired at or before `now`.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
