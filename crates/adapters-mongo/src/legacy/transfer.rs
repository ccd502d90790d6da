//! Transfer of documents to their collection in the store. Each step detects what is done already.

use bson::{Document, RawDocumentBuf, doc};
use domain::model::{CollectionName, CollectionUuid, LegacyCollection, Placement};
use domain::ports::StoreError;
use futures_util::TryStreamExt;
use mongodb::error::Error;
use mongodb::options::{Acknowledgment, IndexOptions, WriteConcern};
use mongodb::{Database, IndexModel};

use super::cursor::Batches;
use super::{LegacyMongo, MIGRATION_TIMEOUT, admins_filter, specifications};
use crate::call::within;
use crate::command::write_result;
use crate::mongo_error::MongoError;

impl LegacyMongo {
    /// Leaves the documents in their collection, renamed to `to`, and removes its admins, which are
    /// stored elsewhere by now.
    pub(super) async fn rename_in_place(
        &self,
        from: &LegacyCollection,
        to: &CollectionName,
    ) -> Result<Placement, StoreError> {
        let existing = specifications(&self.database).await?;
        let current_name = if existing.contains_key(&from.name) { &from.name } else { to.as_str() };
        if !from.admins.is_empty() {
            let documents = self.database.collection::<Document>(current_name);
            within(MIGRATION_TIMEOUT, documents.delete_many(admins_filter(from))).await?;
        }
        if current_name != to.as_str() {
            self.rename(current_name, to.as_str()).await?;
        }
        placed(&self.database, to).await
    }

    /// Renames a collection; the new name must be free.
    pub(super) async fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        let database = self.database.name();
        let rename = doc! {
            "renameCollection": format!("{database}.{from}"),
            "to": format!("{database}.{to}"),
            "writeConcern": { "w": "majority", "j": true },
        };
        let admin = self.database.client().database("admin");
        Ok(within(MIGRATION_TIMEOUT, admin.run_command(rename))
            .await
            .and_then(|reply| write_result(&reply))
            .map(drop)?)
    }

    /// Copies the documents unchanged to a new collection `to` of another database, and then their
    /// indexes.
    pub(super) async fn copy(
        &self,
        from: &LegacyCollection,
        (store, to): (&Database, &CollectionName),
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        let target = store.collection::<RawDocumentBuf>(to.as_str());
        match within(MIGRATION_TIMEOUT, target.drop()).await {
            Ok(()) | Err(MongoError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        let options = specifications(&self.database).await?.remove(&from.name);
        let options = options.map(|found| found.options);
        let create = store.create_collection(to.as_str()).with_options(options);
        within(MIGRATION_TIMEOUT, create).await?;
        let mut batches = Batches::of(&self.database, from).await?;
        // Without a time limit: a majority may take long for so many documents.
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        let mut done = 0;
        loop {
            let batch = batches.next_raw().await?;
            if batch.is_empty() {
                break;
            }
            let insert = target.insert_many(&batch).write_concern(durable.clone());
            within(MIGRATION_TIMEOUT, insert.bypass_document_validation(true)).await?;
            done += batch.len() as u64;
            copied(done);
        }
        let indexes = within(MIGRATION_TIMEOUT, self.indexes(&from.name)).await?;
        if !indexes.is_empty() {
            within(MIGRATION_TIMEOUT, target.create_indexes(indexes)).await?;
        }
        placed(store, to).await
    }

    /// The indexes of a collection, except for the default one on `_id`.
    async fn indexes(&self, name: &str) -> Result<Vec<IndexModel>, Error> {
        let list = self.database.collection::<Document>(name).list_indexes().await?;
        let mut indexes: Vec<IndexModel> = list.try_collect().await?;
        let named = |options: &IndexOptions| options.name.as_deref() == Some("_id_");
        indexes.retain(|index| !index.options.as_ref().is_some_and(named));
        Ok(indexes)
    }
}

async fn placed(database: &Database, name: &CollectionName) -> Result<Placement, StoreError> {
    let found = specifications(database).await?.remove(name.as_str());
    let found =
        found.ok_or_else(|| StoreError::unavailable(format!("collection {name} not found")))?;
    let uuid = found.info.uuid.and_then(|uuid| uuid.bytes.try_into().ok());
    let uuid = uuid.map(|bytes| CollectionUuid(uuid::Uuid::from_bytes(bytes)));
    Ok(Placement::Collection { name: name.clone(), uuid })
}
