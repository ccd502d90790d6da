//! [`TenantStore`]: a collection for each tenant, and one for all others. A command on a tenant's own
//! collection says which one it means by its uuid, so that none reaches a collection that has the name
//! only by now, and no write makes a collection again that was renamed away.

mod collections;
mod place;
mod stray;

use async_trait::async_trait;
use bson::{Bson, Document as Fields, doc};
use domain::model::{
    AuditEvent, CollectionName, Document, DocumentId, DocumentTag, OrganizationId, Page, PageSize,
    Placement, Precondition, Tenant,
};
use domain::ports::{AuditLog, DeleteOutcome, StoreError, TenantError, TenantStore};

use crate::call::{WORK, bounded};
use crate::fault::Fault;
use crate::store::MongoStore;
use place::{Place, binary};

/// How often a delete looks again when the document changes between its look and its removal.
const LOOKS: usize = 8;

#[async_trait]
impl TenantStore for MongoStore {
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError> {
        self.create_collection(tenant).await
    }

    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError> {
        self.rename_collection(tenant, to).await
    }

    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError> {
        match tenant.placement() {
            Placement::Collection { name, .. } => self.drop_collection(name).await,
            Placement::Shared => self.clear(&Place::of(tenant)).await,
        }
    }

    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        self.list_collections(after, size).await
    }

    async fn sharers(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.list_sharers(after, size).await
    }

    /// The event follows the document, before either is acknowledged. When it can't, or the process ends between
    /// the two, the document is there without its event: nobody was told that it is.
    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError> {
        let place = Place::of(tenant);
        self.must_be_there(&place).await?;
        let insert = doc! { "insert": place.collection, "documents": [place.encode(document)?] };
        let inserted = self.write(self.at(&place, insert)).await;
        match (tenant.placement(), &inserted) {
            (Placement::Shared, Ok(_)) if self.is_too_late(tenant).await? => {
                self.take_back(&place, document.id()).await?;
                Err(TenantError::Moved)
            }
            // What is in the way is about to be removed.
            (Placement::Shared, Err(Fault::Duplicate)) if self.is_too_late(tenant).await? => {
                Err(TenantError::Moved)
            }
            _ => {
                inserted?;
                Ok(self.append(event.map_or(&[], std::slice::from_ref)).await?)
            }
        }
    }

    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError> {
        let place = Place::of(tenant);
        let found = self.look(&place, id).await?;
        if found.is_none() {
            self.must_be_there(&place).await?;
        }
        Ok(found.map(|fields| place.decode(fields)).transpose()?)
    }

    /// The event follows as that of [`Self::insert`] does.
    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DeleteOutcome, TenantError> {
        let place = Place::of(tenant);
        for _ in 0..LOOKS {
            let mut filter = doc! { "_id": place.key(id) };
            if *precondition != Precondition::None {
                let Some(found) = self.look(&place, id).await? else { break };
                if !precondition.holds(&place.decode(found.clone())?.tag()) {
                    return Ok(DeleteOutcome::Stale);
                }
                filter.insert("$expr", doc! { "$eq": ["$$ROOT", { "$literal": found }] });
            }
            let delete =
                doc! { "delete": place.collection, "deletes": [{ "q": filter, "limit": 1 }] };
            if self.write(self.at(&place, delete)).await? > 0 {
                self.append(event.map_or(&[], std::slice::from_ref)).await?;
                return Ok(DeleteOutcome::Deleted);
            }
            if *precondition == Precondition::None {
                break;
            }
        }
        self.must_be_there(&place).await?;
        Ok(DeleteOutcome::Absent)
    }

    async fn list(
        &self,
        tenant: &Tenant,
        after: Option<&DocumentId>,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let place = Place::of(tenant);
        let found = self.find(&place, place.range(after), size.get() + 1).await?;
        if found.is_empty() {
            self.must_be_there(&place).await?;
        }
        page(&place, found, size)
    }
}

impl MongoStore {
    /// The first `limit` documents that `filter` finds, in ascending order of their keys; fewer when they
    /// are large, for an answer of the server has at most 16 MiB.
    async fn find(
        &self,
        place: &Place<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<Vec<Fields>, Fault> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let find = doc! {
            "find": place.collection,
            "filter": filter,
            "sort": { "_id": 1 },
            "limit": limit,
            "batchSize": limit,
            "singleBatch": true,
        };
        let mut reply = self.read(self.at(place, find)).await?;
        let Some(Bson::Document(mut cursor)) = reply.remove("cursor") else {
            return Ok(Vec::new());
        };
        let Some(Bson::Array(batch)) = cursor.remove("firstBatch") else {
            return Ok(Vec::new());
        };
        Ok(batch
            .into_iter()
            .filter_map(|item| match item {
                Bson::Document(fields) => Some(fields),
                _ => None,
            })
            .collect())
    }

    /// `command`, meaning the collection of `place` and no other, where the server checks it.
    fn at(&self, place: &Place<'_>, mut command: Fields) -> Fields {
        if let (true, Some(uuid)) = (self.abilities.checks_uuids, &place.uuid) {
            command.insert("collectionUUID", uuid.clone());
        }
        command
    }

    async fn look(&self, place: &Place<'_>, id: &DocumentId) -> Result<Option<Fields>, Fault> {
        Ok(self.find(place, doc! { "_id": place.key(id) }, 1).await?.pop())
    }

    /// Where a command can't say which collection it means, whether that one has the name: an access must
    /// not make another one. One that goes away between this look and the access is made again all the same;
    /// what lands there is moved to its place when the rename ends, and by the recovery.
    async fn must_be_there(&self, place: &Place<'_>) -> Result<(), TenantError> {
        let named = match place.uuid {
            Some(_) => self.abilities.checks_uuids,
            None => place.collection == Placement::SHARED,
        };
        if named {
            return Ok(());
        }
        let found = self.uuids(&[place.collection]).await?.remove(place.collection).map(binary);
        match (&place.uuid, found) {
            (None, Some(_)) => Ok(()),
            (Some(known), Some(found)) if *known == found => Ok(()),
            _ => Err(TenantError::Moved),
        }
    }

    /// Whether the organization's record says that nothing more is to be written to the shared collection. It
    /// is changed before the documents are removed, so a look after the write sees it in time.
    async fn is_too_late(&self, tenant: &Tenant) -> Result<bool, Fault> {
        self.fresh(|| async {
            let link = self.link()?;
            let gone = doc! {
                "_id": tenant.organization().as_str(),
                "$or": [
                    { "phase.kind": { "$in": ["deleting", "deleted"] } },
                    { "placement.kind": { "$exists": true, "$ne": "shared" } },
                ],
            };
            let organizations = &link.collections.organizations;
            let look = organizations.find_one(gone).projection(doc! { "_id": 1 }).max_time(WORK);
            Ok(bounded(look).await?.is_some())
        })
        .await
    }

    /// Removes a document of the shared collection that should not have been written.
    async fn take_back(&self, place: &Place<'_>, id: &DocumentId) -> Result<(), Fault> {
        let delete = doc! {
            "delete": place.collection,
            "deletes": [{ "q": { "_id": place.key(id) }, "limit": 1 }],
        };
        self.write(delete).await.map(drop)
    }
}

/// Ends before the documents exceed [`Page::MAX_BYTES`].
fn page(
    place: &Place<'_>,
    found: Vec<Fields>,
    size: PageSize,
) -> Result<Page<Document>, TenantError> {
    let (mut items, mut bytes) = (Vec::with_capacity(found.len()), 0);
    for fields in found {
        let document = place.decode(fields)?;
        bytes += serde_json::to_vec(&document).map_or(0, |json| json.len());
        let full = bytes > Page::<Document>::MAX_BYTES && !items.is_empty();
        if full || items.len() == size.get() {
            return Ok(Page { items, more: true });
        }
        items.push(document);
    }
    Ok(Page { items, more: false })
}
