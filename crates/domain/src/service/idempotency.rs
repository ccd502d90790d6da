//! Requests that may be sent twice.

use std::time::Duration;

use super::port_set::port_set;
use crate::model::{Fingerprint, IdempotencyKey, Reservation, StoredAnswer};
use crate::ports::{Begun, Ports, StoreError};

/// How long an answer is given again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request that never ended keeps its key.
const RUNNING: Duration = Duration::from_secs(60);

port_set! { IdempotencyPorts { clock: Clock, idempotency: IdempotencyRepo } }

/// Answers a request that carries a key once, and gives the same answer to its repetitions for 24 hours.
#[derive(Clone)]
pub struct Idempotency {
    ports: IdempotencyPorts,
}

impl Idempotency {
    pub(super) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// Reserves `key` for a request that asks for `asked`, or tells what is known of it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(
        &self,
        key: IdempotencyKey,
        asked: Fingerprint,
    ) -> Result<(Begun, Reservation), StoreError> {
        let now = self.ports.clock.now();
        let reservation = Reservation { key, asked, until: now + RUNNING };
        let begun = self.ports.idempotency.begin(&reservation, now).await?;
        Ok((begun, reservation))
    }

    /// Keeps the answer to a request whose key was reserved.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let until = self.ports.clock.now() + KEPT;
        self.ports.idempotency.finish(reservation, answer, until).await
    }

    /// Gives up a reservation: the request did not come to an answer worth keeping.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.ports.idempotency.release(reservation).await
    }

    /// Removes answers that nobody will ask for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.ports.idempotency.sweep(self.ports.clock.now()).await
    }
}
