//! [`IdempotencyRepo`]: reservations and answers, and when each of them ends.

use async_trait::async_trait;
use domain::model::{Fingerprint, Reservation, StoredAnswer, Timestamp};
use domain::ports::{Begun, IdempotencyRepo, StoreError};
use redb::{ReadTransaction, TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::records::{encode, find};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{IDEMPOTENCY, IDEMPOTENCY_ENDS};

/// How many records a sweep removes at once, so that other writers need not wait for all of them.
const SWEEP: usize = 1000;

#[async_trait]
impl IdempotencyRepo for EmbeddedStore {
    async fn begin(&self, reservation: &Reservation, now: Timestamp) -> Result<Begun, StoreError> {
        let (reservation, record) = (reservation.clone(), encode(&Record::reserved(reservation))?);
        self.write(move |tx| begin(tx, &reservation, &record, now)).await
    }

    async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let answered =
            Record { until, answer: Some(answer.clone()), ..Record::reserved(reservation) };
        let (reservation, record) = (reservation.clone(), encode(&answered)?);
        self.write(move |tx| finish(tx, &reservation, &record, until)).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let reservation = reservation.clone();
        self.write(move |tx| release(tx, &reservation)).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        loop {
            // A look costs nothing; a sweep that finds nothing must not cost a commit.
            let ended: Vec<Entry> = self.read(|tx| ended(tx, now))?;
            if ended.is_empty() {
                return Ok(());
            }
            self.write(move |tx| remove(tx, &ended)).await?;
        }
    }
}

/// What is known of a request.
#[derive(Serialize, Deserialize)]
struct Record {
    fingerprint: Fingerprint,
    until: Timestamp,
    answer: Option<StoredAnswer>,
}

impl Record {
    fn reserved(reservation: &Reservation) -> Self {
        Self { fingerprint: reservation.asked.clone(), until: reservation.until, answer: None }
    }

    /// Whether this is `reservation`, and nobody answered it.
    fn is(&self, reservation: &Reservation) -> bool {
        self.answer.is_none()
            && self.until == reservation.until
            && self.fingerprint == reservation.asked
    }
}

/// An end and the key it belongs to, as the index has them.
type Entry = (i64, String);

fn begin(
    tx: &WriteTransaction,
    reservation: &Reservation,
    record: &[u8],
    now: Timestamp,
) -> Result<Begun, Stop<StoreError>> {
    let key = reservation.key.to_string();
    let known = stored(tx, &key)?;
    match known {
        Some(known) if known.until > now => Ok(match known {
            Record { fingerprint, .. } if fingerprint != reservation.asked => Begun::Mismatch,
            Record { answer: Some(answer), .. } => Begun::Answered(answer),
            Record { answer: None, .. } => Begun::Running,
        }),
        ended => {
            let end = ended.map(|ended| ended.until);
            put(tx, &key, end, record, reservation.until)?;
            Ok(Begun::Fresh)
        }
    }
}

fn finish(
    tx: &WriteTransaction,
    reservation: &Reservation,
    record: &[u8],
    until: Timestamp,
) -> Result<(), Stop<StoreError>> {
    let key = reservation.key.to_string();
    if !stored(tx, &key)?.is_some_and(|known| known.is(reservation)) {
        return Ok(());
    }
    put(tx, &key, Some(reservation.until), record, until)
}

fn release(tx: &WriteTransaction, reservation: &Reservation) -> Result<(), Stop<StoreError>> {
    let key = reservation.key.to_string();
    if !stored(tx, &key)?.is_some_and(|known| known.is(reservation)) {
        return Ok(());
    }
    remove(tx, &[(reservation.until.unix_millis(), key)])
}

/// The next entries that ended at or before `now`.
fn ended(tx: &ReadTransaction, now: Timestamp) -> Result<Vec<Entry>, Stop<StoreError>> {
    let ends = tx.open_table(IDEMPOTENCY_ENDS)?;
    let ended = ends.range(..(now.unix_millis() + 1, ""))?.take(SWEEP);
    ended
        .map(|entry| {
            let entry = entry?.0;
            let (end, key) = entry.value();
            Ok((end, key.to_owned()))
        })
        .collect()
}

/// Removes what still ends when `entries` say so.
fn remove(tx: &WriteTransaction, entries: &[Entry]) -> Result<(), Stop<StoreError>> {
    let mut ends = tx.open_table(IDEMPOTENCY_ENDS)?;
    let mut records = tx.open_table(IDEMPOTENCY)?;
    for (end, key) in entries {
        if ends.remove((*end, key.as_str()))?.is_some() {
            records.remove(key.as_str())?;
        }
    }
    Ok(())
}

fn stored(tx: &WriteTransaction, key: &str) -> Result<Option<Record>, Stop<StoreError>> {
    find(&tx.open_table(IDEMPOTENCY)?, IDEMPOTENCY.name(), key)
}

/// Puts `record`, which ends at `until`, in the place of the one that ends at `end`.
fn put(
    tx: &WriteTransaction,
    key: &str,
    end: Option<Timestamp>,
    record: &[u8],
    until: Timestamp,
) -> Result<(), Stop<StoreError>> {
    let mut ends = tx.open_table(IDEMPOTENCY_ENDS)?;
    if let Some(end) = end {
        ends.remove((end.unix_millis(), key))?;
    }
    ends.insert((until.unix_millis(), key), ())?;
    tx.open_table(IDEMPOTENCY)?.insert(key, record)?;
    Ok(())
}
