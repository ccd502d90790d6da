//! [`TenantStore`]: a dedicated collection per tenant, and the shared one. A command on a dedicated
//! collection identifies it by its uuid, so that no command reaches another collection that took
//! the name since, and no write recreates a collection that was renamed.

mod bulkhead;
mod change;
mod collection_ref;
mod collections;
mod import;
mod list;
mod object_ids;
mod optimistic_lock;
mod orphaned_collection;
mod query;
mod usage;

use std::sync::Arc;

use async_trait::async_trait;
use bson::{Document as Fields, doc};
use domain::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, Imported,
    OrganizationId, Page, PageSize, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{AuditLog, DocumentOutcome, StoreError, TenantError, TenantStore};

use crate::call::{MAX_TIME, with_timeout};
use crate::elections::PrimaryTerm;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
#[cfg(test)]
pub(crate) use bulkhead::connection_bulkhead_with;
pub(crate) use bulkhead::{ConnectionBulkhead, connection_bulkhead};
use change::Change;
use collection_ref::{CollectionRef, uuid_bson};
pub(crate) use usage::{UsageDelta, UsageState};

#[async_trait]
impl TenantStore for MongoStore {
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError> {
        self.create_collection(tenant).await
    }

    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError> {
        self.rename_collection(tenant, to).await
    }

    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let orphaned = self.orphaned_usage(tenant).await?;
        match tenant.placement() {
            Placement::Collection { name, .. } => self.drop_collection(name).await,
            Placement::Shared => self.remove_shared_documents(&CollectionRef::of(tenant)).await,
        }?;
        self.remove_usage(tenant, orphaned).await
    }

    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        self.list_collections(after, size).await
    }

    async fn shared_tenants(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.list_sharers(after, size).await
    }

    /// The event follows the document, before either is acknowledged. If that fails, or the process
    /// ends in between, the document exists without its event, but was never acknowledged.
    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError> {
        let collection = CollectionRef::of(tenant);
        self.ensure_collection_exists(&collection).await?;
        // The unique index covers the new text key only, not an `ObjectId` key with the same text
        // form.
        let object_id = collection.object_id_key(document.id().as_str());
        if object_id.is_some() && self.find_document(&collection, document.id()).await?.is_some() {
            return Err(TenantError::Exists);
        }
        let growth = UsageDelta::of(Usage::of(document));
        let term = self.reserve_for(tenant, document.id(), growth).await?;
        let inserted = match collection.encode(document) {
            Ok(fields) => {
                let insert = doc! { "insert": collection.name, "documents": [fields] };
                self.write(self.with_uuid(&collection, insert)).await
            }
            Err(error) => Err(MongoError::Unsent(error)),
        };
        let refused = inserted.as_ref().is_err_and(MongoError::is_refusal);
        let used = (!refused).then_some(growth);
        self.finish_reservation(tenant, (term, growth), used).await;
        match (tenant.placement(), &inserted) {
            (Placement::Shared, Ok(_)) if self.forbids_shared_writes(tenant).await? => {
                self.remove_late_documents(&collection, &[collection.key(document.id())]).await?;
                self.release(tenant, growth).await;
                Err(TenantError::Moved)
            }
            // The conflicting document is about to be removed.
            (Placement::Shared, Err(MongoError::Duplicate))
                if self.forbids_shared_writes(tenant).await? =>
            {
                Err(TenantError::Moved)
            }
            _ => {
                inserted?;
                Ok(self.append(event.map_or(&[], std::slice::from_ref)).await?)
            }
        }
    }

    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError> {
        let collection = CollectionRef::of(tenant);
        let found = self.find_document(&collection, id).await?;
        if found.is_none() {
            self.ensure_collection_exists(&collection).await?;
        }
        Ok(found.map(|fields| collection.decode(fields)).transpose()?)
    }

    /// The event follows as that of [`Self::insert`] does.
    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        self.change(tenant, Change::Delete(id), precondition, event).await
    }

    /// The event follows as that of [`Self::insert`] does.
    async fn replace(
        &self,
        tenant: &Tenant,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        self.change(tenant, Change::Replace(document), precondition, event).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let _permit = self.permit_of(tenant.organization()).await?;
        let collection = CollectionRef::of(tenant);
        let page = self.page(&collection, query, size).await?;
        if page.items.is_empty() {
            self.ensure_collection_exists(&collection).await?;
        }
        Ok(page)
    }

    /// The event follows as that of [`Self::insert`] does.
    async fn import(
        &self,
        tenant: &Tenant,
        batch: &Arc<Batch>,
    ) -> Result<Vec<Imported>, TenantError> {
        let _permit = self.permit_of(tenant.organization()).await?;
        let imported = self.import_batch(tenant, batch).await?;
        self.append(batch.event(&imported).as_slice()).await?;
        Ok(imported)
    }

    async fn usage(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        self.counted_usage(tenant).await
    }
}

impl MongoStore {
    /// Adds the uuid of `collection` to `command`, where the server checks it.
    fn with_uuid(&self, collection: &CollectionRef<'_>, mut command: Fields) -> Fields {
        if let (true, Some(uuid)) = (self.features.checks_uuids, &collection.uuid) {
            command.insert("collectionUUID", uuid.clone());
        }
        command
    }

    /// Where commands can't carry a uuid, checks that the collection has the name: an access must
    /// not create another one. If the collection disappears between this check and the access, it
    /// is recreated nevertheless; the end of the rename and the recovery move its content to the
    /// right place.
    async fn ensure_collection_exists(
        &self,
        collection: &CollectionRef<'_>,
    ) -> Result<(), TenantError> {
        let is_safe = match collection.uuid {
            Some(_) => self.features.checks_uuids,
            None => collection.name == Placement::SHARED,
        };
        if is_safe {
            return Ok(());
        }
        let found = self.uuids(&[collection.name]).await?.remove(collection.name).map(uuid_bson);
        match (&collection.uuid, found) {
            (None, Some(_)) => Ok(()),
            (Some(expected), Some(found)) if *expected == found => Ok(()),
            _ => Err(TenantError::Moved),
        }
    }

    /// Whether the organization's record forbids writes to the shared collection. The record
    /// changes before the documents are removed, so that a check after the write sees it in time.
    async fn forbids_shared_writes(&self, tenant: &Tenant) -> Result<bool, MongoError> {
        let superseded = doc! {
            "_id": tenant.organization().as_str(),
            "$or": [
                { "phase.kind": { "$in": ["deleting", "deleted"] } },
                { "placement.kind": { "$exists": true, "$ne": "shared" } },
            ],
        };
        self.has_organization(&superseded).await
    }

    /// Whether `filter` matches the record of an organization.
    async fn has_organization(&self, filter: &Fields) -> Result<bool, MongoError> {
        self.read_after_election(|collections| async move {
            let organizations = &collections.organizations;
            let find = organizations.find_one(filter.clone());
            let find = find.projection(doc! { "_id": 1 }).max_time(MAX_TIME);
            Ok(with_timeout(find).await?.is_some())
        })
        .await
    }

    /// Reserves storage for a document. A document whose id exists is not refused because of the
    /// quota.
    async fn reserve_for(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        growth: UsageDelta,
    ) -> Result<PrimaryTerm, TenantError> {
        match self.reserve(tenant, growth).await {
            Err(TenantError::Full(excess)) => {
                match self.find_document(&CollectionRef::of(tenant), id).await? {
                    Some(_) => Err(TenantError::Exists),
                    None => Err(TenantError::Full(excess)),
                }
            }
            reserved => reserved,
        }
    }

    /// Removes documents of the shared collection that should not have been written.
    async fn remove_late_documents(
        &self,
        collection: &CollectionRef<'_>,
        keys: &[String],
    ) -> Result<(), MongoError> {
        let delete = doc! {
            "delete": collection.name,
            "deletes": [{ "q": { "_id": { "$in": keys } }, "limit": 0 }],
        };
        self.write_idempotent(delete).await.map(drop)
    }
}
