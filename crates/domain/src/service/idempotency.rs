//! Use cases of idempotency keys.

use std::time::Duration;

use super::port_set::port_set;
use crate::model::{Fingerprint, IdempotencyKey, Reservation, StoredResponse};
use crate::ports::{IdempotencyState, Ports, StoreError};

/// Time for which a response is kept for repetitions.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Time after which the reservation of an incomplete request expires.
const RUNNING: Duration = Duration::from_secs(60);

port_set! { IdempotencyPorts { clock: Clock, idempotency: IdempotencyRepo } }

/// Executes a request with an idempotency key once, and replays its response to repetitions for 24
/// hours.
#[derive(Clone)]
pub struct Idempotency {
    ports: IdempotencyPorts,
}

impl Idempotency {
    pub(super) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// Reserves `key` for a request with the fingerprint `asked`, or returns the state of the key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(
        &self,
        key: IdempotencyKey,
        asked: Fingerprint,
    ) -> Result<(IdempotencyState, Reservation), StoreError> {
        let now = self.ports.clock.now();
        let reservation = Reservation { key, asked, until: now + RUNNING };
        let begun = self.ports.idempotency.begin(&reservation, now).await?;
        Ok((begun, reservation))
    }

    /// Stores the response to the request that reserved the key.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredResponse,
    ) -> Result<(), StoreError> {
        let until = self.ports.clock.now() + KEPT;
        self.ports.idempotency.finish(reservation, answer, until).await
    }

    /// Releases a reservation: the request produced no response worth keeping.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.ports.idempotency.release(reservation).await
    }

    /// Removes expired responses and reservations.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        self.ports.idempotency.sweep(self.ports.clock.now()).await
    }
}
