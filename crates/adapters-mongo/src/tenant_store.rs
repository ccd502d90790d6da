//! [`TenantStore`]: a dedicated collection per tenant, and the shared one. A command on a dedicated
//! collection identifies it by its uuid, so that no command reaches another collection that took
//! the name since, and no write recreates a collection that was renamed.

mod change;
mod collections;
mod ids;
mod import;
mod list;
mod place;
mod query;
mod share;
mod stray;
mod unchanged;
mod usage;

use std::sync::Arc;

use async_trait::async_trait;
use bson::{Document as Fields, doc};
use domain::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, Imported,
    OrganizationId, Page, PageSize, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{AuditLog, DocumentOutcome, StoreError, TenantError, TenantStore};

use crate::call::{WORK, bounded};
use crate::elections::PrimaryTerm;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use change::Change;
use place::{Place, binary};
#[cfg(test)]
pub(crate) use share::shares_with;
pub(crate) use share::{Shares, shares};
pub(crate) use usage::{Counters, UsageDelta};

#[async_trait]
impl TenantStore for MongoStore {
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError> {
        self.create_collection(tenant).await
    }

    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError> {
        self.rename_collection(tenant, to).await
    }

    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let lost = self.lost_by_removing(tenant).await?;
        match tenant.placement() {
            Placement::Collection { name, .. } => self.drop_collection(name).await,
            Placement::Shared => self.clear(&Place::of(tenant)).await,
        }?;
        self.forget(tenant, lost).await
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

    /// The event follows the document, before either is acknowledged. If that fails, or the process
    /// ends in between, the document exists without its event, but was never acknowledged.
    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError> {
        let place = Place::of(tenant);
        self.must_be_there(&place).await?;
        // The unique index covers the new text key only, not an `ObjectId` key with the same text
        // form.
        let made = place.made_key(document.id().as_str());
        if made.is_some() && self.look(&place, document.id()).await?.is_some() {
            return Err(TenantError::Exists);
        }
        let growth = UsageDelta::of(Usage::of(document));
        let reign = self.reserve_for(tenant, document.id(), growth).await?;
        let inserted = match place.encode(document) {
            Ok(fields) => {
                let insert = doc! { "insert": place.collection, "documents": [fields] };
                self.write(self.at(&place, insert)).await
            }
            Err(error) => Err(MongoError::Unsent(error)),
        };
        let refused = inserted.as_ref().is_err_and(MongoError::is_refusal);
        let used = (!refused).then_some(growth);
        self.settle_reserved(tenant, (reign, growth), used).await;
        match (tenant.placement(), &inserted) {
            (Placement::Shared, Ok(_)) if self.is_too_late(tenant).await? => {
                self.take_back(&place, &[place.key(document.id())]).await?;
                self.give_back(tenant, growth).await;
                Err(TenantError::Moved)
            }
            // The conflicting document is about to be removed.
            (Placement::Shared, Err(MongoError::Duplicate)) if self.is_too_late(tenant).await? => {
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
        let _turn = self.permit_of(tenant.organization()).await?;
        let place = Place::of(tenant);
        let page = self.page(&place, query, size).await?;
        if page.items.is_empty() {
            self.must_be_there(&place).await?;
        }
        Ok(page)
    }

    /// The event follows as that of [`Self::insert`] does.
    async fn import(
        &self,
        tenant: &Tenant,
        batch: &Arc<Batch>,
    ) -> Result<Vec<Imported>, TenantError> {
        let _turn = self.permit_of(tenant.organization()).await?;
        let imported = self.import_batch(tenant, batch).await?;
        self.append(batch.event(&imported).as_slice()).await?;
        Ok(imported)
    }

    async fn usage(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        self.counted(tenant).await
    }
}

impl MongoStore {
    /// Adds the uuid of the collection of `place` to `command`, where the server checks it.
    fn at(&self, place: &Place<'_>, mut command: Fields) -> Fields {
        if let (true, Some(uuid)) = (self.abilities.checks_uuids, &place.uuid) {
            command.insert("collectionUUID", uuid.clone());
        }
        command
    }

    /// Where commands can't carry a uuid, checks that the collection has the name: an access must
    /// not create another one. If the collection disappears between this check and the access, it
    /// is recreated nevertheless; the end of the rename and the recovery move its content to the
    /// right place.
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

    /// Whether the organization's record forbids writes to the shared collection. The record
    /// changes before the documents are removed, so that a check after the write sees it in time.
    async fn is_too_late(&self, tenant: &Tenant) -> Result<bool, MongoError> {
        let gone = doc! {
            "_id": tenant.organization().as_str(),
            "$or": [
                { "phase.kind": { "$in": ["deleting", "deleted"] } },
                { "placement.kind": { "$exists": true, "$ne": "shared" } },
            ],
        };
        self.has_organization(gone).await
    }

    /// Whether `filter` matches the record of an organization.
    async fn has_organization(&self, filter: Fields) -> Result<bool, MongoError> {
        self.fresh(|| async {
            let link = self.link()?;
            let organizations = &link.collections.organizations;
            let look = organizations.find_one(filter.clone());
            let look = look.projection(doc! { "_id": 1 }).max_time(WORK);
            Ok(bounded(look).await?.is_some())
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
            Err(TenantError::Full(excess)) => match self.look(&Place::of(tenant), id).await? {
                Some(_) => Err(TenantError::Exists),
                None => Err(TenantError::Full(excess)),
            },
            reserved => reserved,
        }
    }

    /// Removes documents of the shared collection that should not have been written.
    async fn take_back(&self, place: &Place<'_>, keys: &[String]) -> Result<(), MongoError> {
        let delete = doc! {
            "delete": place.collection,
            "deletes": [{ "q": { "_id": { "$in": keys } }, "limit": 0 }],
        };
        self.repeat(delete).await.map(drop)
    }
}
