//! Operations on whole collections.

use std::collections::BTreeMap;

use bson::{Document as Fields, doc};
use domain::model::{
    CollectionName, CollectionUuid, OrganizationId, Page, PageSize, Placement, Tenant,
};
use domain::ports::{StoreError, TenantError};
use futures_util::TryStreamExt;

use super::place::{AFTER_END, END, Place, binary};
use crate::call::{WORK, again, bounded};
use crate::command::{acknowledge, written};
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
        let link = self.link()?;
        let Placement::Collection { name, .. } = tenant.placement() else {
            return Ok(Placement::Shared);
        };
        match again(|| link.database.create_collection(name.as_str())).await {
            Ok(()) | Err(MongoError::Exists) => {}
            Err(fault) => return Err(fault.into()),
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
            let there = self.uuids(&[from.as_str(), to.as_str()]).await?;
            let (old, new) = (there.get(from.as_str()), there.get(to.as_str()));
            match (old, new) {
                (_, Some(uuid)) if from == to => return Ok(placed(to, *uuid)),
                (None, Some(uuid)) => return Ok(placed(to, *uuid)),
                (Some(stray), Some(uuid)) => {
                    self.gather(from, *stray, to, *uuid).await?;
                    return Ok(placed(to, *uuid));
                }
                (Some(old), None) if known.is_none_or(|known| known == *old) => {
                    match self.send_rename(from, to, *old).await {
                        // The next check sees the result of the concurrent operation.
                        Ok(())
                        | Err(
                            MongoError::Missing | MongoError::Exists | MongoError::Interrupted(_),
                        ) => {}
                        Err(fault) => return Err(TenantError::Store(fault.into())),
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
        let link = self.link()?;
        let collection = link.database.collection::<Fields>(name.as_str());
        match again(|| collection.drop()).await {
            Ok(()) | Err(MongoError::Missing) => Ok(()),
            Err(fault) => Err(fault.into()),
        }
    }

    /// Removes the documents of a tenant in the shared collection, in batches, so that no call
    /// takes long.
    pub(super) async fn clear(&self, place: &Place<'_>) -> Result<(), StoreError> {
        let link = self.link()?;
        let documents = link.database.collection::<Fields>(place.collection);
        loop {
            // Documents acknowledged before an election have to be removed, too.
            let batch: Vec<Fields> = self
                .fresh(|| {
                    let ids = documents.find(place.range(None)).projection(doc! { "_id": 1 });
                    let ids = ids.limit(BATCH).max_time(WORK);
                    bounded(async { ids.await?.try_collect().await })
                })
                .await?;
            let keys: Vec<_> =
                batch.into_iter().filter_map(|mut found| found.remove("_id")).collect();
            if keys.is_empty() {
                return Ok(());
            }
            again(|| documents.delete_many(doc! { "_id": { "$in": keys.clone() } })).await?;
        }
    }

    pub(super) async fn list_collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        let link = self.link()?;
        let own = doc! { "type": "collection", "name": { "$regex": "^org_" } };
        let list = link.database.list_collection_names().filter(own);
        let names = bounded(list).await?.into_iter();
        let parse = |name: String| {
            let named = CollectionName::parse(name.as_str());
            // Tenantry does not touch names that it can't have assigned.
            named.ok().filter(|name| after.is_none_or(|after| name > after))
        };
        let mut names: Vec<_> = names.filter_map(parse).collect();
        names.sort_unstable();
        Ok(Page::cut(names, size))
    }

    /// One lookup per organization, however many documents it has.
    pub(super) async fn list_sharers(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            let documents = link.database.collection::<Fields>(SHARED_DOCUMENTS);
            let mut items: Vec<OrganizationId> = Vec::new();
            while items.len() <= size.get() {
                let past = items.last().or(after).map(|last| format!("{last}{AFTER_END}"));
                let rest = doc! { "_id": { "$gte": past.unwrap_or_default() } };
                let next =
                    documents.find_one(rest).sort(doc! { "_id": 1 }).projection(doc! { "_id": 1 });
                let Some(found) = bounded(next.max_time(WORK)).await? else { break };
                let key = found.get_str("_id").unwrap_or_default();
                let organization =
                    key.split_once(END).map_or(key, |(organization, _)| organization);
                let organization = OrganizationId::parse(organization);
                items.push(organization.map_err(|invalid| {
                    corrupt(SHARED_DOCUMENTS, key, format!("_id: {invalid}"))
                })?);
            }
            Ok(Page::cut(items, size))
        })
        .await
    }

    /// The uuids of the existing collections among `names`.
    pub(super) async fn uuids(
        &self,
        names: &[&str],
    ) -> Result<BTreeMap<String, CollectionUuid>, StoreError> {
        let link = self.link()?;
        let list = link.database.list_collections().filter(doc! { "name": { "$in": names } });
        let found: Vec<_> = bounded(async { list.await?.try_collect().await }).await?;
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
        let link = self.link()?;
        let database = link.database.name();
        let mut rename = doc! {
            "renameCollection": format!("{database}.{from}"),
            "to": format!("{database}.{to}"),
            "maxTimeMS": i64::try_from(WORK.as_millis()).unwrap_or(i64::MAX),
        };
        acknowledge(&mut rename);
        if self.abilities.checks_uuids {
            rename.insert("collectionUUID", binary(uuid));
        }
        let admin = link.database.client().database("admin");
        written(&bounded(admin.run_command(rename)).await?).map(drop)
    }
}

fn placed(name: &CollectionName, uuid: CollectionUuid) -> Placement {
    Placement::Collection { name: name.clone(), uuid: Some(uuid) }
}
