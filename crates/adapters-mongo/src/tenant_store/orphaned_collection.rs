//! Documents that were written under a former collection name. Where commands carry a uuid, this
//! can only be an empty collection that a late `create` created; on older servers, a write by name
//! recreates the collection.

use bson::{Bson, Document as Fields, doc};
use domain::model::{CollectionName, CollectionUuid};
use domain::ports::StoreError;

use super::collection_ref::CollectionRef;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// Documents moved per command.
const BATCH: usize = 100;
/// Number of conflicting documents after which the move gives up.
const MAX_CONFLICTS: usize = 1000;

impl MongoStore {
    /// Moves the documents of the collection `orphan` to `to`, and drops it. A document whose id
    /// exists there with different content stays, and the collection with it.
    pub(super) async fn merge_orphaned_collection(
        &self,
        from: &CollectionName,
        orphan: CollectionUuid,
        to: &CollectionName,
        present: CollectionUuid,
    ) -> Result<(), StoreError> {
        let old = CollectionRef::dedicated(from, Some(orphan));
        let new = CollectionRef::dedicated(to, Some(present));
        let mut conflicts: Vec<Bson> = Vec::new();
        while conflicts.len() < MAX_CONFLICTS {
            let rest = doc! { "_id": { "$nin": conflicts.clone() } };
            let batch = self.find(&old, rest, BATCH).await?;
            if batch.is_empty() {
                break;
            }
            conflicts.extend(self.move_batch(&old, &new, batch).await?);
        }
        if conflicts.is_empty() {
            return self.drop_orphan(&old).await;
        }
        let documents = conflicts.len();
        tracing::warn!(%from, %to, documents, "document ids conflict, documents stay in the old collection");
        Ok(())
    }

    /// Moves `batch`, and returns the keys of documents that have to stay.
    async fn move_batch(
        &self,
        old: &CollectionRef<'_>,
        new: &CollectionRef<'_>,
        batch: Vec<Fields>,
    ) -> Result<Vec<Bson>, StoreError> {
        let keys: Vec<Bson> = batch.iter().filter_map(|found| found.get("_id").cloned()).collect();
        let insert = doc! { "insert": new.name, "documents": batch.clone(), "ordered": false };
        match self.write(self.with_uuid(new, insert)).await {
            Ok(_) | Err(MongoError::Duplicate) => {}
            Err(error) => return Err(error.into()),
        }
        // Either a copy of an earlier move or a different document: the content decides.
        let arrived = self.find(new, doc! { "_id": { "$in": keys.clone() } }, keys.len()).await?;
        let same = |found: &Fields| {
            arrived.iter().any(|existing| bson_bytes(existing) == bson_bytes(found))
        };
        let moved: Vec<Bson> = batch
            .iter()
            .filter(|found| same(found))
            .filter_map(|found| found.get("_id").cloned())
            .collect();
        if !moved.is_empty() {
            let copied = doc! { "q": { "_id": { "$in": moved.clone() } }, "limit": 0 };
            let delete = doc! { "delete": old.name, "deletes": [copied] };
            self.write_idempotent(self.with_uuid(old, delete)).await?;
        }
        Ok(keys.into_iter().filter(|key| !moved.contains(key)).collect())
    }

    async fn drop_orphan(&self, orphan: &CollectionRef<'_>) -> Result<(), StoreError> {
        match self.write_idempotent(self.with_uuid(orphan, doc! { "drop": orphan.name })).await {
            // A concurrent move won.
            Ok(_) | Err(MongoError::Missing) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The content in a form that distinguishes also the types of numbers.
fn bson_bytes(fields: &Fields) -> Vec<u8> {
    bson::serialize_to_vec(fields).unwrap_or_default()
}
