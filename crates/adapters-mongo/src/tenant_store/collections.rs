//! Operations on whole collections.

use std::collections::BTreeMap;

use bson::{Document as Fields, doc};
use domain::model::{
    CollectionName, CollectionUuid, OrganizationId, Page, PageSize, Placement, Tenant,
};
use domain::ports::{StoreError, TenantError};

use super::collection_ref::{AFTER_SEPARATOR, CollectionRef, KEY_SEPARATOR, uuid_bson};
use crate::call::{MAX_TIME, collect, retry_once, with_timeout};
use crate::command::{add_write_concern, write_result};
use crate::mongo_error::MongoError;
use crate::records::corrupt;
use crate::schema::SHARED_DOCUMENTS;
use crate::store::MongoStore;

/// Maximum attempts of a step that concurrent operations may disturb.
const ATTEMPTS: usize = 5;
/// Documents removed per command.
const BATCH: i64 = 1000;

impl MongoStore {
    pub(super) async fn create_collection(&self, tenant: &Tenant) -> Result<Placement, StoreError> {
        let connection = self.connection()?;
        let Placement::Collection { name, .. } = tenant.placement() else {
            return Ok(Placement::Shared);
        };
        match retry_once(|| connection.database.create_collection(name.as_str())).await {
            Ok(()) | Err(MongoError::Exists) => {}
            Err(error) => return Err(error.into()),
        }
        let uuid = self.uuids(&[name.as_str()]).await?.remove(name.as_str());
        Ok(Placement::Collection { name: name.clone(), uuid })
    }

    pub(super) async fn rename_collection(
        &self,
        tenant: &Tenant,
        to: &CollectionName,
    ) -> Result<Placement, TenantError> {
        let Placement::Collection { name: from, uuid: known } = tenant.placement() else {
            return Err(TenantError::Moved);
        };
        for _ in 0..ATTEMPTS {
            let existing = self.uuids(&[from.as_str(), to.as_str()]).await?;
            let (old, new) = (existing.get(from.as_str()), existing.get(to.as_str()));
            match (old, new) {
                (_, Some(uuid)) if from == to => return Ok(placement_at(to, *uuid)),
                (None, Some(uuid)) => return Ok(placement_at(to, *uuid)),
                (Some(orphan), Some(uuid)) => {
                    self.merge_orphaned_collection(from, *orphan, to, *uuid).await?;
                    return Ok(placement_at(to, *uuid));
                }
                (Some(old), None) if known.is_none_or(|known| known == *old) => {
                    match self.send_rename(from, to, *old).await {
                        // The next check sees the result of the concurrent operation.
                        Ok(())
                        | Err(
                            MongoError::Missing | MongoError::Exists | MongoError::Interrupted(_),
                        ) => {}
                        Err(error) => return Err(TenantError::Store(error.into())),
                    }
                }
                _ => return Err(TenantError::Moved),
            }
        }
        Err(TenantError::Store(StoreError::unavailable("the rename was disturbed too often")))
    }

    /// Drops the collection of this name, whatever its uuid: the ledger gives the name to one
    /// organization for ever.
    pub(super) async fn drop_collection(&self, name: &CollectionName) -> Result<(), StoreError> {
        let connection = self.connection()?;
        let collection = connection.database.collection::<Fields>(name.as_str());
        match retry_once(|| collection.drop()).await {
            Ok(()) | Err(MongoError::Missing) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the documents of a tenant in the shared collection, in batches, so that no call
    /// takes long.
    pub(super) async fn remove_shared_documents(
        &self,
        collection: &CollectionRef<'_>,
    ) -> Result<(), StoreError> {
        let connection = self.connection()?;
        let documents = connection.database.collection::<Fields>(collection.name);
        loop {
            // Documents acknowledged before an election have to be removed, too.
            let batch: Vec<Fields> = self
                .read_after_election(|_| {
                    let ids = documents
                        .find(collection.text_key_filter(None))
                        .projection(doc! { "_id": 1 });
                    let ids = ids.limit(BATCH).max_time(MAX_TIME);
                    collect(ids)
                })
                .await?;
            let keys: Vec<_> =
                batch.into_iter().filter_map(|mut found| found.remove("_id")).collect();
            if keys.is_empty() {
                return Ok(());
            }
            retry_once(|| documents.delete_many(doc! { "_id": { "$in": keys.clone() } })).await?;
        }
    }

    pub(super) async fn list_collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        let connection = self.connection()?;
        let own = doc! { "type": "collection", "name": { "$regex": "^org_" } };
        let list = connection.database.list_collection_names().filter(own);
        let names = with_timeout(list).await?.into_iter();
        let parse = |name: String| {
            let named = CollectionName::parse(name.as_str());
            // Tenantry does not touch names that it can't have assigned.
            named.ok().filter(|name| after.is_none_or(|after| name > after))
        };
        let mut names: Vec<_> = names.filter_map(parse).collect();
        names.sort_unstable();
        Ok(Page::from_overfetch(names, size))
    }

    /// One lookup per organization, however many documents it has.
    pub(super) async fn list_sharers(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.read_after_election(|_| async {
            let connection = self.connection()?;
            let documents = connection.database.collection::<Fields>(SHARED_DOCUMENTS);
            let mut items: Vec<OrganizationId> = Vec::new();
            while items.len() <= size.get() {
                let past = items.last().or(after).map(|last| format!("{last}{AFTER_SEPARATOR}"));
                let rest = doc! { "_id": { "$gte": past.unwrap_or_default() } };
                let next =
                    documents.find_one(rest).sort(doc! { "_id": 1 }).projection(doc! { "_id": 1 });
                let Some(found) = with_timeout(next.max_time(MAX_TIME)).await? else { break };
                let key = found.get_str("_id").unwrap_or_default();
                let organization =
                    key.split_once(KEY_SEPARATOR).map_or(key, |(organization, _)| organization);
                let organization = OrganizationId::parse(organization);
                items.push(organization.map_err(|invalid| {
                    corrupt(SHARED_DOCUMENTS, key, format!("_id: {invalid}"))
                })?);
            }
            Ok(Page::from_overfetch(items, size))
        })
        .await
    }

    /// The uuids of the existing collections among `names`.
    pub(super) async fn uuids(
        &self,
        names: &[&str],
    ) -> Result<BTreeMap<String, CollectionUuid>, StoreError> {
        let connection = self.connection()?;
        let list = connection.database.list_collections().filter(doc! { "name": { "$in": names } });
        let found: Vec<_> = collect(list).await?;
        let read = |found: mongodb::results::CollectionSpecification| {
            let uuid = found.info.uuid.and_then(|uuid| uuid.bytes.try_into().ok());
            let uuid = uuid.map(uuid::Uuid::from_bytes).unwrap_or_default();
            (found.name, CollectionUuid(uuid))
        };
        Ok(found.into_iter().map(read).collect())
    }

    async fn send_rename(
        &self,
        from: &CollectionName,
        to: &CollectionName,
        uuid: CollectionUuid,
    ) -> Result<(), MongoError> {
        let connection = self.connection()?;
        let database = connection.database.name();
        let mut rename = doc! {
            "renameCollection": format!("{database}.{from}"),
            "to": format!("{database}.{to}"),
            "maxTimeMS": i64::try_from(MAX_TIME.as_millis()).unwrap_or(i64::MAX),
        };
        add_write_concern(&mut rename);
        if self.features.checks_uuids {
            rename.insert("collectionUUID", uuid_bson(uuid));
        }
        let admin = connection.database.client().database("admin");
        write_result(&with_timeout(admin.run_command(rename)).await?).map(drop)
    }
}

fn placement_at(name: &CollectionName, uuid: CollectionUuid) -> Placement {
    Placement::Collection { name: name.clone(), uuid: Some(uuid) }
}
