//! [`IdempotencyRepo`]: reservations and answers, and when each of them ends.

use async_trait::async_trait;
use domain::model::{Fingerprint, IdempotencyKey, StoredAnswer, Timestamp};
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
    async fn begin(
        &self,
        key: &IdempotencyKey,
        fingerprint: &Fingerprint,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Begun, StoreError> {
        let key = key.to_string();
        let reservation = Record { fingerprint: fingerprint.clone(), until, answer: None };
        self.write(move |tx| begin(tx, &key, &reservation, now)).await
    }

    async fn finish(
        &self,
        key: &IdempotencyKey,
        answer: &StoredAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let (key, answer) = (key.to_string(), answer.clone());
        self.write(move |tx| finish(tx, &key, answer, until)).await
    }

    async fn release(&self, key: &IdempotencyKey) -> Result<(), StoreError> {
        let key = key.to_string();
        self.write(move |tx| release(tx, &key)).await
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

/// An end and the key it belongs to, as the index has them.
type Entry = (i64, String);

fn begin(
    tx: &WriteTransaction,
    key: &str,
    reservation: &Record,
    now: Timestamp,
) -> Result<Begun, Stop<StoreError>> {
    let known = stored(tx, key)?;
    match known {
        Some(known) if known.until > now => Ok(match known {
            Record { fingerprint, .. } if fingerprint != reservation.fingerprint => Begun::Mismatch,
            Record { answer: Some(answer), .. } => Begun::Answered(answer),
            Record { answer: None, .. } => Begun::Running,
        }),
        known => {
            put(tx, key, known.as_ref(), reservation)?;
            Ok(Begun::Fresh)
        }
    }
}

fn finish(
    tx: &WriteTransaction,
    key: &str,
    answer: StoredAnswer,
    until: Timestamp,
) -> Result<(), Stop<StoreError>> {
    // A reservation that ended and was swept left no fingerprint to compare a later request with.
    let Some(known) = stored(tx, key)? else { return Ok(()) };
    let fingerprint = known.fingerprint.clone();
    put(tx, key, Some(&known), &Record { fingerprint, until, answer: Some(answer) })
}

fn release(tx: &WriteTransaction, key: &str) -> Result<(), Stop<StoreError>> {
    match stored(tx, key)? {
        Some(Record { answer: None, until, .. }) => {
            remove(tx, &[(until.unix_millis(), key.to_owned())])
        }
        _ => Ok(()),
    }
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

/// Puts `next` in the place of `known`.
fn put(
    tx: &WriteTransaction,
    key: &str,
    known: Option<&Record>,
    next: &Record,
) -> Result<(), Stop<StoreError>> {
    let json = encode(next)?;
    let mut ends = tx.open_table(IDEMPOTENCY_ENDS)?;
    if let Some(known) = known {
        ends.remove((known.until.unix_millis(), key))?;
    }
    ends.insert((next.until.unix_millis(), key), ())?;
    tx.open_table(IDEMPOTENCY)?.insert(key, json.as_slice())?;
    Ok(())
}
