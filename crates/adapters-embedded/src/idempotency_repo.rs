//! [`IdempotencyRepo`]: reservations and responses, with their expiries.

use async_trait::async_trait;
use domain::model::{Fingerprint, Reservation, StoredResponse, Timestamp};
use domain::ports::{IdempotencyRepo, IdempotencyState, StoreError};
use redb::{TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::expiry::ExpiringTable;
use crate::records::{encode, find};
use crate::store::EmbeddedStore;
use crate::tables::{IDEMPOTENCY, IDEMPOTENCY_EXPIRIES};
use crate::tx_error::TxError;

const RECORDS: ExpiringTable =
    ExpiringTable { records: IDEMPOTENCY, expiries: IDEMPOTENCY_EXPIRIES };

#[async_trait]
impl IdempotencyRepo for EmbeddedStore {
    async fn begin(
        &self,
        reservation: &Reservation,
        now: Timestamp,
    ) -> Result<IdempotencyState, StoreError> {
        let (reservation, record) =
            (reservation.clone(), encode(&IdempotencyRecord::reserved(reservation))?);
        self.write(move |tx| begin(tx, &reservation, &record, now)).await
    }

    async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredResponse,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let answered = IdempotencyRecord {
            until,
            answer: Some(answer.clone()),
            ..IdempotencyRecord::reserved(reservation)
        };
        let (reservation, record) = (reservation.clone(), encode(&answered)?);
        self.write(move |tx| finish(tx, &reservation, &record, until)).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let reservation = reservation.clone();
        self.write(move |tx| release(tx, &reservation)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        RECORDS.sweep(self, now).await
    }
}

/// State of a key.
#[derive(Serialize, Deserialize)]
struct IdempotencyRecord {
    fingerprint: Fingerprint,
    until: Timestamp,
    answer: Option<StoredResponse>,
}

impl IdempotencyRecord {
    fn reserved(reservation: &Reservation) -> Self {
        Self { fingerprint: reservation.asked.clone(), until: reservation.until, answer: None }
    }

    /// Whether this is `reservation`, without a response.
    fn is(&self, reservation: &Reservation) -> bool {
        self.answer.is_none()
            && self.until == reservation.until
            && self.fingerprint == reservation.asked
    }
}

fn begin(
    tx: &WriteTransaction,
    reservation: &Reservation,
    record: &[u8],
    now: Timestamp,
) -> Result<IdempotencyState, TxError<StoreError>> {
    let key = reservation.key.to_string();
    let known = stored(tx, &key)?;
    match known {
        Some(known) if known.until > now => Ok(match known {
            IdempotencyRecord { fingerprint, .. } if fingerprint != reservation.asked => {
                IdempotencyState::Mismatch
            }
            IdempotencyRecord { answer: Some(answer), .. } => IdempotencyState::Completed(answer),
            IdempotencyRecord { answer: None, .. } => IdempotencyState::InProgress,
        }),
        expired => {
            let expiry = expired.map(|expired| expired.until);
            RECORDS.put(tx, &key, expiry, record, reservation.until)?;
            Ok(IdempotencyState::New)
        }
    }
}

fn finish(
    tx: &WriteTransaction,
    reservation: &Reservation,
    record: &[u8],
    until: Timestamp,
) -> Result<(), TxError<StoreError>> {
    let key = reservation.key.to_string();
    if !stored(tx, &key)?.is_some_and(|known| known.is(reservation)) {
        return Ok(());
    }
    RECORDS.put(tx, &key, Some(reservation.until), record, until)
}

fn release(tx: &WriteTransaction, reservation: &Reservation) -> Result<(), TxError<StoreError>> {
    let key = reservation.key.to_string();
    if !stored(tx, &key)?.is_some_and(|known| known.is(reservation)) {
        return Ok(());
    }
    RECORDS.remove(tx, &[(reservation.until.unix_millis(), key)])
}

fn stored(
    tx: &WriteTransaction,
    key: &str,
) -> Result<Option<IdempotencyRecord>, TxError<StoreError>> {
    find(&tx.open_table(IDEMPOTENCY)?, IDEMPOTENCY.name(), key)
}
