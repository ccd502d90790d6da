//! [`IdempotencyRepo`]: one document per key, replaced only by compare-and-set.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{Fingerprint, Reservation, StoredResponse, Timestamp};
use domain::ports::{IdempotencyRepo, IdempotencyState, StoreError};
use serde::{Deserialize, Serialize};

use crate::call::with_timeout;
use crate::mongo_error::MongoError;
use crate::records::{date, encode, find};
use crate::schema::IDEMPOTENCY;
use crate::store::MongoStore;
use crate::sweep::sweep;

/// Maximum attempts when other writes change the same key.
const ATTEMPTS: usize = 10;

#[async_trait]
impl IdempotencyRepo for MongoStore {
    async fn begin(
        &self,
        reservation: &Reservation,
        now: Timestamp,
    ) -> Result<IdempotencyState, StoreError> {
        let collections = self.fixed_collections()?;
        let record = encode(&IdempotencyRecord::reserved(reservation))?;
        for _ in 0..ATTEMPTS {
            match with_timeout(collections.idempotency.insert_one(&record)).await {
                Ok(_) => return Ok(IdempotencyState::New),
                Err(MongoError::Duplicate) => {}
                Err(error) => return Err(error.into()),
            }
            match stored(self, reservation).await? {
                Some(current) if current.until > now => return Ok(current.state_for(reservation)),
                Some(expired) if replace_unchanged(self, &expired, &record).await? => {
                    return Ok(IdempotencyState::New);
                }
                Some(_) | None => {}
            }
        }
        Err(StoreError::unavailable(format!("the key changed {ATTEMPTS} times")))
    }

    async fn finish(
        &self,
        reservation: &Reservation,
        answer: &StoredResponse,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let reserved = IdempotencyRecord::reserved(reservation);
        let answered = IdempotencyRecord {
            until,
            answer: Some(answer.clone()),
            ..IdempotencyRecord::reserved(reservation)
        };
        replace_unchanged(self, &reserved, &encode(&answered)?).await?;
        Ok(())
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let reserved = IdempotencyRecord::reserved(reservation).filter();
        with_timeout(collections.idempotency.delete_one(reserved)).await?;
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        sweep(&collections.idempotency, now).await
    }
}

/// State of a key.
#[derive(Serialize, Deserialize)]
struct IdempotencyRecord {
    id: String,
    asked: Fingerprint,
    until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<StoredResponse>,
}

impl IdempotencyRecord {
    fn reserved(reservation: &Reservation) -> Self {
        Self {
            id: reservation.key.to_string(),
            asked: reservation.asked.clone(),
            until: reservation.until,
            answer: None,
        }
    }

    /// Filter that matches this record unless it has changed.
    fn filter(&self) -> Document {
        doc! {
            "_id": &self.id,
            "asked": &self.asked.0,
            "until": date(self.until),
            "answer": { "$exists": self.answer.is_some() },
        }
    }

    /// The state that a caller with `reservation` sees.
    fn state_for(self, reservation: &Reservation) -> IdempotencyState {
        match self.answer {
            _ if self.asked != reservation.asked => IdempotencyState::Mismatch,
            Some(answer) => IdempotencyState::Completed(answer),
            None => IdempotencyState::InProgress,
        }
    }
}

async fn stored(
    store: &MongoStore,
    reservation: &Reservation,
) -> Result<Option<IdempotencyRecord>, StoreError> {
    let collections = store.fixed_collections()?;
    let by_key = doc! { "_id": reservation.key.to_string() };
    let find_one = collections.idempotency.find_one(by_key);
    find(IDEMPOTENCY, find_one.read_concern(store.features.latest_concern())).await
}

/// Replaces `old` with `record`; returns whether `old` was still stored.
async fn replace_unchanged(
    store: &MongoStore,
    old: &IdempotencyRecord,
    record: &Document,
) -> Result<bool, StoreError> {
    let collections = store.fixed_collections()?;
    let replace = collections.idempotency.replace_one(old.filter(), record);
    Ok(with_timeout(replace).await?.matched_count > 0)
}
