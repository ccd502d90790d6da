//! Requests that may be sent twice.

use std::time::Duration;

use crate::model::{Fingerprint, IdempotencyKey, StoredAnswer};
use crate::ports::{Begun, Ports, StoreError};

/// How long an answer is given again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request that never ended keeps its key.
const RUNNING: Duration = Duration::from_secs(60);

/// Answers a request that carries a key once, and gives the same answer to its repetitions for 24 hours.
#[derive(Clone)]
pub struct Idempotency {
    ports: Ports,
}

impl Idempotency {
    pub(super) fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Reserves `key`, or tells what is known of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(
        &self,
        key: &IdempotencyKey,
        asked: &Fingerprint,
    ) -> Result<Begun, StoreError> {
        let now = self.ports.clock.now();
        self.ports.idempotency.begin(key, asked, now, now + RUNNING).await
    }

    /// Keeps the answer to a request whose key was reserved.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(
        &self,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let until = self.ports.clock.now() + KEPT;
        self.ports.idempotency.finish(key, answer, until).await
    }

    /// Gives up a reservation: the request did not come to an answer worth keeping.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, key: &IdempotencyKey) -> Result<(), StoreError> {
        self.ports.idempotency.release(key).await
    }

    /// Removes answers that nobody will ask for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.ports.idempotency.sweep(self.ports.clock.now()).await
    }
}
