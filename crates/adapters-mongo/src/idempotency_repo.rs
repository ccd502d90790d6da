//! [`IdempotencyRepo`]: one document per key, replaced only by compare-and-set.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{Fingerprint, Reservation, StoredAnswer, Timestamp};
use domain::ports::{IdempotencyRepo, IdempotencyState, StoreError};
use serde::{Deserialize, Serialize};

use crate::call::bounded;
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
        let link = self.link()?;
        let record = encode(&Record::reserved(reservation))?;
        for _ in 0..ATTEMPTS {
            match bounded(link.collections.idempotency.insert_one(&record)).await {
                Ok(_) => return Ok(IdempotencyState::New),
                Err(MongoError::Duplicate) => {}
                Err(fault) => return Err(fault.into()),
            }
            match known(self, reservation).await? {
                Some(known) if known.until > now => return Ok(known.told_to(reservation)),
                Some(ended) if put(self, &ended, &record).await? => {
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
        answer: &StoredAnswer,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let reserved = Record::reserved(reservation);
        let answered =
            Record { until, answer: Some(answer.clone()), ..Record::reserved(reservation) };
        put(self, &reserved, &encode(&answered)?).await?;
        Ok(())
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let link = self.link()?;
        let reserved = Record::reserved(reservation).filter();
        bounded(link.collections.idempotency.delete_one(reserved)).await?;
        Ok(())
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        let link = self.link()?;
        sweep(&link.collections.idempotency, now).await
    }
}

/// State of a key.
#[derive(Serialize, Deserialize)]
struct Record {
    id: String,
    asked: Fingerprint,
    until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<StoredAnswer>,
}

impl Record {
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
    fn told_to(self, reservation: &Reservation) -> IdempotencyState {
        match self.answer {
            _ if self.asked != reservation.asked => IdempotencyState::Mismatch,
            Some(answer) => IdempotencyState::Completed(answer),
            None => IdempotencyState::InProgress,
        }
    }
}

async fn known(
    store: &MongoStore,
    reservation: &Reservation,
) -> Result<Option<Record>, StoreError> {
    let link = store.link()?;
    let by_key = doc! { "_id": reservation.key.to_string() };
    let find_one = link.collections.idempotency.find_one(by_key);
    find(IDEMPOTENCY, find_one.read_concern(store.abilities.latest())).await
}

/// Replaces `old` with `record`; returns whether `old` was still stored.
async fn put(store: &MongoStore, old: &Record, record: &Document) -> Result<bool, StoreError> {
    let link = store.link()?;
    let replace = link.collections.idempotency.replace_one(old.filter(), record);
    Ok(bounded(replace).await?.matched_count > 0)
}
