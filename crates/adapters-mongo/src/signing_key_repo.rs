//! [`SigningKeyRepo`]: the private keys of this installation.

use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime as Date, Document, doc};
use chrono::DateTime;
use domain::model::{KeyId, SigningKey, Timestamp};
use domain::ports::{KeyPurpose, SigningKeyRepo, StoreError};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::options::ReadConcern;

use crate::call::{WORK, again, bounded};
use crate::mongo_error::MongoError;
use crate::records::{corrupt, date};
use crate::schema::{AUDIT_KEYS, GENERATION, PAGE_KEYS, REMOVED, SIGNING_KEYS};
use crate::store::{Connection, MongoStore};

/// Maximum attempts when other nodes create keys concurrently.
const ATTEMPTS: usize = 10;

#[async_trait]
impl SigningKeyRepo for MongoStore {
    async fn append(
        &self,
        purpose: KeyPurpose,
        candidate: SigningKey,
        after: Option<&KeyId>,
    ) -> Result<SigningKey, StoreError> {
        let link = self.link()?;
        for _ in 0..ATTEMPTS {
            let records = records(self, purpose, doc! {}, self.abilities.latest()).await?;
            let newest = records.last().map_or(0, |newest| newest.generation);
            if let Some(key) = successor(records, after) {
                return Ok(key);
            }
            // The unique index admits one of many concurrent inserts.
            let record = document(&candidate, newest + 1);
            match bounded(keys(&link, purpose).insert_one(record)).await {
                Ok(_) => return Ok(candidate),
                Err(MongoError::Duplicate) => {}
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(StoreError::unavailable("too many concurrent key changes, or a duplicate key id"))
    }

    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError> {
        let present = || doc! { REMOVED: { "$exists": false } };
        let read = || records(self, purpose, present(), ReadConcern::majority());
        let records = self.fresh(read).await?;
        Ok(records.into_iter().filter_map(|record| record.key).collect())
    }

    /// Keeps only the number, so that no late writer can give it to another key.
    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError> {
        let link = self.link()?;
        let blank = doc! { "$set": { REMOVED: true }, "$unset": { "pkcs8": "" } };
        let by_id = doc! { "_id": id.as_str() };
        again(|| keys(&link, purpose).update_one(by_id.clone(), blank.clone())).await?;
        Ok(())
    }
}

/// Stored form of a key; after its removal, a tombstone.
struct Record {
    generation: i64,
    key: Option<SigningKey>,
}

/// All records that `filter` matches, tombstones included, oldest first.
async fn records(
    store: &MongoStore,
    purpose: KeyPurpose,
    filter: Document,
    concern: ReadConcern,
) -> Result<Vec<Record>, StoreError> {
    let link = store.link()?;
    let find = keys(&link, purpose).find(filter).sort(doc! { GENERATION: 1 });
    let find = find.read_concern(concern).max_time(WORK);
    let documents: Vec<Document> = bounded(async { find.await?.try_collect().await }).await?;
    documents.iter().map(|document| read(name(purpose), document)).collect()
}

fn name(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Tokens => SIGNING_KEYS,
        KeyPurpose::Audit => AUDIT_KEYS,
        KeyPurpose::Pages => PAGE_KEYS,
    }
}

fn keys(link: &Connection, purpose: KeyPurpose) -> &Collection<Document> {
    match purpose {
        KeyPurpose::Tokens => &link.collections.signing_keys,
        KeyPurpose::Audit => &link.collections.audit_keys,
        KeyPurpose::Pages => &link.collections.page_keys,
    }
}

/// The successor of `after`, if there is one; the newest key, if `after` was removed.
fn successor(records: Vec<Record>, after: Option<&KeyId>) -> Option<SigningKey> {
    let mut keys: Vec<_> = records.into_iter().filter_map(|record| record.key).collect();
    let Some(after) = after else { return keys.into_iter().next() };
    match keys.iter().position(|key| key.id == *after) {
        Some(position) => keys.into_iter().nth(position + 1),
        None => keys.pop(),
    }
}

fn document(key: &SigningKey, generation: i64) -> Document {
    let pkcs8 = Binary { subtype: BinarySubtype::Generic, bytes: key.pkcs8.clone() };
    doc! {
        "_id": key.id.as_str(),
        GENERATION: generation,
        "pkcs8": pkcs8,
        "created_at": date(key.created_at),
    }
}

fn read(collection: &'static str, document: &Document) -> Result<Record, StoreError> {
    let id = document.get_str("_id").unwrap_or_default();
    let wrong = |field: &str| corrupt(collection, id, format!("{field}: not what it should be"));
    let generation = match document.get_i32(GENERATION) {
        Ok(generation) => i64::from(generation),
        Err(_) => document.get_i64(GENERATION).map_err(|_| wrong(GENERATION))?,
    };
    if document.contains_key(REMOVED) {
        return Ok(Record { generation, key: None });
    }
    let pkcs8 = document.get_binary_generic("pkcs8").map_err(|_| wrong("pkcs8"))?;
    let created_at = document.get_datetime("created_at").ok().and_then(time);
    let key = SigningKey {
        id: KeyId::parse(id).map_err(|_| wrong("_id"))?,
        pkcs8: pkcs8.clone(),
        created_at: created_at.ok_or_else(|| wrong("created_at"))?,
    };
    Ok(Record { generation, key: Some(key) })
}

fn time(date: &Date) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(date.timestamp_millis()).map(Timestamp::new)
}
