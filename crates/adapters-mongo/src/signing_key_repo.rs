//! [`SigningKeyRepo`]: the private keys of this installation.

use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime as Date, Document, doc};
use chrono::DateTime;
use domain::model::{KeyId, SigningKey, Timestamp};
use domain::ports::{SigningKeyRepo, StoreError};

use crate::call::{WORK, bounded};
use crate::fault::Fault;
use crate::records::{corrupt, date};
use crate::schema::{GENERATION, SIGNING_KEYS};
use crate::store::MongoStore;

/// The generation of the first key.
const FIRST: i32 = 1;

#[async_trait]
impl SigningKeyRepo for MongoStore {
    async fn first(&self, candidate: SigningKey) -> Result<SigningKey, StoreError> {
        let link = self.link()?;
        if let Some(kept) = kept(self).await? {
            return Ok(kept);
        }
        match bounded(link.collections.signing_keys.insert_one(document(&candidate))).await {
            Ok(_) => Ok(candidate),
            Err(Fault::Duplicate) => {
                let kept = kept(self).await?;
                kept.ok_or_else(|| StoreError::unavailable("another key has the same id"))
            }
            Err(fault) => Err(fault.into()),
        }
    }
}

async fn kept(store: &MongoStore) -> Result<Option<SigningKey>, StoreError> {
    let link = store.link()?;
    let first = link.collections.signing_keys.find_one(doc! { GENERATION: FIRST });
    let latest = first.read_concern(store.abilities.latest());
    bounded(latest.max_time(WORK)).await?.map(|document| read(&document)).transpose()
}

fn document(key: &SigningKey) -> Document {
    let pkcs8 = Binary { subtype: BinarySubtype::Generic, bytes: key.pkcs8.clone() };
    doc! {
        "_id": key.id.as_str(),
        GENERATION: FIRST,
        "pkcs8": pkcs8,
        "created_at": date(key.created_at),
    }
}

fn read(document: &Document) -> Result<SigningKey, StoreError> {
    let id = document.get_str("_id").unwrap_or_default();
    let wrong = |field: &str| corrupt(SIGNING_KEYS, id, format!("{field}: not what it should be"));
    let pkcs8 = document.get_binary_generic("pkcs8").map_err(|_| wrong("pkcs8"))?;
    let created_at = document.get_datetime("created_at").ok().and_then(time);
    Ok(SigningKey {
        id: KeyId::parse(id).map_err(|_| wrong("_id"))?,
        pkcs8: pkcs8.clone(),
        created_at: created_at.ok_or_else(|| wrong("created_at"))?,
    })
}

fn time(date: &Date) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(date.timestamp_millis()).map(Timestamp::new)
}
