//! [`AttemptRepo`]: one document per key; the server does the counting.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use bson::{Bson, Document, doc};
use domain::model::{AttemptKey, Attempts, Failures, Timestamp};
use domain::ports::{AttemptRepo, StoreError};
use mongodb::options::ReturnDocument;
use serde::Deserialize;

use crate::call::{MAX_TIME, collect, retry_once};
use crate::mongo_error::MongoError;
use crate::records::{date, decode};
use crate::schema::LOGIN_ATTEMPTS;
use crate::store::MongoStore;
use crate::sweep::sweep;

/// Maximum attempts to count when concurrent calls create the same record: the next attempt finds
/// it.
const ATTEMPTS: usize = 10;

#[async_trait]
impl AttemptRepo for MongoStore {
    async fn get(&self, keys: &[AttemptKey]) -> Result<Vec<Attempts>, StoreError> {
        let ids = &keys.iter().map(AttemptKey::as_str).collect::<Vec<_>>();
        let found: Vec<Document> = self
            .read_after_election(|collections| async move {
                let find = collections.login_attempts.find(doc! { "_id": { "$in": ids } });
                let find = find.max_time(MAX_TIME);
                collect(find).await
            })
            .await
            .map_err(|error: MongoError| StoreError::from(error))?;
        let mut known = HashMap::new();
        for document in found {
            let record: AttemptRecord = decode(LOGIN_ATTEMPTS, document)?;
            known.insert(record.id.clone(), Attempts::from(record));
        }
        Ok(ids.iter().map(|&id| known.get(id).cloned().unwrap_or_default()).collect())
    }

    async fn fail(
        &self,
        key: &AttemptKey,
        at: Timestamp,
        window: Duration,
    ) -> Result<Attempts, StoreError> {
        let collections = self.fixed_collections()?;
        let failure_update = failure_update(at, window)?;
        let count = || {
            let by_key = doc! { "_id": key.as_str() };
            let update =
                collections.login_attempts.find_one_and_update(by_key, failure_update.clone());
            update.upsert(true).return_document(ReturnDocument::Before).max_time(MAX_TIME)
        };
        for _ in 0..ATTEMPTS {
            // A failure may be counted twice, but never lost.
            match retry_once(count).await {
                Ok(None) => return Ok(Attempts::default()),
                Ok(Some(before)) => return decode(LOGIN_ATTEMPTS, before).map(AttemptRecord::into),
                Err(MongoError::Duplicate) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::unavailable(format!(
            "the record was created concurrently {ATTEMPTS} times"
        )))
    }

    async fn succeed(&self, key: &AttemptKey, until: Timestamp) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let (by_key, until) = (doc! { "_id": key.as_str() }, date(until));
        let known = doc! { "_id": key.as_str(), "known_until": until, "until": until };
        for _ in 0..ATTEMPTS {
            let put = || {
                let records = &collections.login_attempts;
                records.replace_one(by_key.clone(), &known).upsert(true)
            };
            match retry_once(put).await {
                Ok(_) => return Ok(()),
                Err(MongoError::Duplicate) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::unavailable(format!(
            "the record was created concurrently {ATTEMPTS} times"
        )))
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        sweep(&collections.login_attempts, now).await
    }
}

/// State of a key; the three fields about failures are present together.
#[derive(Deserialize)]
struct AttemptRecord {
    id: String,
    failures: Option<u64>,
    first_failed_at: Option<Timestamp>,
    last_failed_at: Option<Timestamp>,
    known_until: Option<Timestamp>,
}

impl From<AttemptRecord> for Attempts {
    fn from(record: AttemptRecord) -> Self {
        let times = record.first_failed_at.zip(record.last_failed_at);
        let failures = record.failures.zip(times).map(|(count, (first, last))| Failures {
            count,
            first,
            last,
        });
        Self { failures, known_until: record.known_until }
    }
}

/// [`Attempts::failed`] and the expiry, as stages of an update. A missing field compares less than
/// any date.
fn failure_update(at: Timestamp, window: Duration) -> Result<Vec<Document>, StoreError> {
    let length = i64::try_from(window.as_millis()).map_err(StoreError::unavailable)?;
    let at = date(at);
    let remembered = doc! { "$gt": [{ "$add": ["$first_failed_at", length] }, at] };
    let either = |others: Bson, first: Bson| {
        doc! { "$cond": [remembered.clone(), others, first] }
    };
    Ok(vec![
        doc! { "$set": {
            "failures": either(doc! { "$add": ["$failures", 1] }.into(), 1.into()),
            "first_failed_at": either("$first_failed_at".into(), at.into()),
            "last_failed_at": either(doc! { "$max": ["$last_failed_at", at] }.into(), at.into()),
        } },
        doc! { "$set": {
            "until": { "$max": [{ "$add": ["$first_failed_at", length] }, "$known_until"] },
        } },
    ])
}
