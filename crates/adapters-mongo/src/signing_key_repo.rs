//! [`SigningKeyRepo`]: the private keys of this installation.

use async_trait::async_trait;
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime as Date, Document, doc};
use chrono::DateTime;
use domain::model::{KeyId, SigningKey, Timestamp};
use domain::ports::{KeyPurpose, SigningKeyRepo, StoreError};
use mongodb::Collection;
use mongodb::options::ReadConcern;

use crate::call::{MAX_TIME, collect, retry_once, with_timeout};
use crate::mongo_error::MongoError;
use crate::records::{corrupt, date};
use crate::schema::{AUDIT_KEYS, Collections, GENERATION, PAGE_KEYS, REMOVED, SIGNING_KEYS};
use crate::store::MongoStore;

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
        let collections = self.fixed_collections()?;
        for _ in 0..ATTEMPTS {
            let records = records(self, purpose, doc! {}, self.features.latest_concern()).await?;
            let newest = records.last().map_or(0, |newest| newest.generation);
            if let Some(key) = successor(records, after) {
                return Ok(key);
            }
            // The unique index admits one of many concurrent inserts.
            let record = document(&candidate, newest + 1);
            match with_timeout(keys(&collections, purpose).insert_one(record)).await {
                Ok(_) => return Ok(candidate),
                Err(MongoError::Duplicate) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::unavailable("too many concurrent key changes, or a duplicate key id"))
    }

    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError> {
        let present = || doc! { REMOVED: { "$exists": false } };
        let read = |_| records(self, purpose, present(), ReadConcern::majority());
        let records = self.read_after_election(read).await?;
        Ok(records.into_iter().filter_map(|record| record.key).collect())
    }

    /// Keeps only the number, so that no late writer can give it to another key.
    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let tombstone = doc! { "$set": { REMOVED: true }, "$unset": { "pkcs8": "" } };
        let by_id = doc! { "_id": id.as_str() };
        retry_once(|| keys(&collections, purpose).update_one(by_id.clone(), tombstone.clone()))
            .await?;
        Ok(())
    }
}

/// Stored form of a key; after its removal, a tombstone.
struct SigningKeyRecord {
    generation: i64,
    key: Option<SigningKey>,
}

/// All records that `filter` matches, tombstones included, oldest first.
async fn records(
    store: &MongoStore,
    purpose: KeyPurpose,
    filter: Document,
    concern: ReadConcern,
) -> Result<Vec<SigningKeyRecord>, StoreError> {
    let collections = store.fixed_collections()?;
    let find = keys(&collections, purpose).find(filter).sort(doc! { GENERATION: 1 });
    let find = find.read_concern(concern).max_time(MAX_TIME);
    let documents: Vec<Document> = collect(find).await?;
    documents.iter().map(|document| read(name(purpose), document)).collect()
}

fn name(purpose: KeyPurpose) -> &'static str {
    match purpose {
        KeyPurpose::Tokens => SIGNING_KEYS,
        KeyPurpose::Audit => AUDIT_KEYS,
        KeyPurpose::Pages => PAGE_KEYS,
    }
}

fn keys(collections: &Collections, purpose: KeyPurpose) -> &Collection<Document> {
    match purpose {
        KeyPurpose::Tokens => &collections.signing_keys,
        KeyPurpose::Audit => &collections.audit_keys,
        KeyPurpose::Pages => &collections.page_keys,
    }
}

/// The successor of `after`, if there is one; the newest key, if `after` was removed.
fn successor(records: Vec<SigningKeyRecord>, after: Option<&KeyId>) -> Option<SigningKey> {
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

fn read(collection: &'static str, document: &Document) -> Result<SigningKeyRecord, StoreError> {
    let id = document.get_str("_id").unwrap_or_default();
    let invalid = |field: &str| corrupt(collection, id, format!("{field}: not what it should be"));
    let generation = match document.get_i32(GENERATION) {
        Ok(generation) => i64::from(generation),
        Err(_) => document.get_i64(GENERATION).map_err(|_| invalid(GENERATION))?,
    };
    if document.contains_key(REMOVED) {
        return Ok(SigningKeyRecord { generation, key: None });
    }
    let pkcs8 = document.get_binary_generic("pkcs8").map_err(|_| invalid("pkcs8"))?;
    let created_at = document.get_datetime("created_at").ok().and_then(time);
    let key = SigningKey {
        id: KeyId::parse(id).map_err(|_| invalid("_id"))?,
        pkcs8: pkcs8.clone(),
        created_at: created_at.ok_or_else(|| invalid("created_at"))?,
    };
    Ok(SigningKeyRecord { generation, key: Some(key) })
}

fn time(date: &Date) -> Option<Timestamp> {
    DateTime::from_timestamp_millis(date.timestamp_millis()).map(Timestamp::new)
}
