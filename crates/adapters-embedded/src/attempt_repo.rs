//! [`AttemptRepo`]: failures and successes, and the later of their expiries.

use std::time::Duration;

use async_trait::async_trait;
use domain::model::{AttemptKey, Attempts, Failures, Timestamp};
use domain::ports::{AttemptRepo, StoreError};
use redb::{TableHandle, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::expiry::ExpiringTable;
use crate::records::{encode, find};
use crate::store::EmbeddedStore;
use crate::tables::{LOGIN_ATTEMPT_EXPIRIES, LOGIN_ATTEMPTS};
use crate::tx_error::TxError;

const RECORDS: ExpiringTable =
    ExpiringTable { records: LOGIN_ATTEMPTS, expiries: LOGIN_ATTEMPT_EXPIRIES };

#[async_trait]
impl AttemptRepo for EmbeddedStore {
    async fn get(&self, keys: &[AttemptKey]) -> Result<Vec<Attempts>, StoreError> {
        self.read(|tx| {
            let records = tx.open_table(LOGIN_ATTEMPTS)?;
            let known = |key: &AttemptKey| find(&records, LOGIN_ATTEMPTS.name(), key.as_str());
            let known = keys.iter().map(|key| Ok(attempts(known(key)?)));
            known.collect::<Result<_, TxError<StoreError>>>()
        })
    }

    async fn fail(
        &self,
        key: &AttemptKey,
        at: Timestamp,
        window: Duration,
    ) -> Result<Attempts, StoreError> {
        let key = key.clone();
        self.write(move |tx| fail(tx, &key, at, window)).await
    }

    async fn succeed(&self, key: &AttemptKey, until: Timestamp) -> Result<(), StoreError> {
        let key = key.clone();
        self.write(move |tx| {
            let expiry = stored(tx, &key)?.map(|known| known.until);
            let record = AttemptRecord { failures: None, known_until: Some(until), until };
            RECORDS.put(tx, key.as_str(), expiry, &encode(&record)?, until)
        })
        .await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        RECORDS.sweep(self, now).await
    }
}

/// State of a key.
#[derive(Serialize, Deserialize)]
struct AttemptRecord {
    failures: Option<Failures>,
    known_until: Option<Timestamp>,
    until: Timestamp,
}

fn attempts(known: Option<AttemptRecord>) -> Attempts {
    known.map_or_else(Attempts::default, |AttemptRecord { failures, known_until, .. }| Attempts {
        failures,
        known_until,
    })
}

fn fail(
    tx: &WriteTransaction,
    key: &AttemptKey,
    at: Timestamp,
    window: Duration,
) -> Result<Attempts, TxError<StoreError>> {
    let known = stored(tx, key)?;
    let expiry = known.as_ref().map(|known| known.until);
    let before = attempts(known);
    let Attempts { failures, known_until } = before.failed(at, window);
    let first = failures.map_or(at, |failures| failures.first);
    let until = known_until.map_or(first + window, |known| known.max(first + window));
    let record = AttemptRecord { failures, known_until, until };
    RECORDS.put(tx, key.as_str(), expiry, &encode(&record)?, until)?;
    Ok(before)
}

fn stored(
    tx: &WriteTransaction,
    key: &AttemptKey,
) -> Result<Option<AttemptRecord>, TxError<StoreError>> {
    find(&tx.open_table(LOGIN_ATTEMPTS)?, LOGIN_ATTEMPTS.name(), key.as_str())
}
