//! [`TenantStore`]: one table per dedicated collection, the registry of existing collections, and
//! one shared table. A tenant without an entry in the registry has no dedicated collection, and no
//! access creates one.

mod collection_ref;
mod collections;
mod counts;
mod documents;
mod import;
mod sorted;

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag,
    EncodedEvent, Imported, OrganizationId, Page, PageSize, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{DocumentOutcome, Requester, StoreError, TenantError, TenantStore};

use crate::store::EmbeddedStore;
use crate::tables::TENANT_USAGE;
use collections::RemovalProgress;
pub(crate) use counts::count_all;

#[async_trait]
impl TenantStore for EmbeddedStore {
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError> {
        let tenant = tenant.clone();
        self.write(move |tx| collections::create(tx, &tenant)).await
    }

    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError> {
        let (tenant, to) = (tenant.clone(), to.clone());
        self.write(move |tx| collections::rename(tx, &tenant, &to)).await
    }

    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError> {
        loop {
            let tenant = tenant.clone();
            match self.write(move |tx| collections::remove(tx, &tenant)).await? {
                RemovalProgress::Complete => return Ok(()),
                // Other writes get their turn.
                RemovalProgress::Partial => {}
            }
        }
    }

    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        self.read(|tx| collections::list(tx, after, size))
    }

    async fn shared_tenants(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.read(|tx| collection_ref::shared_tenants(tx, after, size))
    }

    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError> {
        let (tenant, document) = (tenant.clone(), document.clone());
        let event = event.map(EncodedEvent::of);
        self.write(move |tx| documents::insert(tx, &tenant, &document, event.as_ref())).await
    }

    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError> {
        if let Some(found) = self.read(|tx| documents::find_small(tx, tenant, id))? {
            return Ok(found);
        }
        let (tenant, id) = (tenant.clone(), id.clone());
        let requester = Requester::Organization(tenant.organization().clone());
        self.scan(requester, move |tx, _| documents::get(tx, &tenant, &id)).await
    }

    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        let (tenant, id, precondition) = (tenant.clone(), id.clone(), precondition.clone());
        let event = event.map(EncodedEvent::of);
        self.write(move |tx| documents::delete(tx, &tenant, &id, &precondition, event.as_ref()))
            .await
    }

    async fn replace(
        &self,
        tenant: &Tenant,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError> {
        let (tenant, document) = (tenant.clone(), document.clone());
        let (precondition, event) = (precondition.clone(), event.map(EncodedEvent::of));
        self.write(move |tx| {
            documents::replace(tx, &tenant, &document, &precondition, event.as_ref())
        })
        .await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let (tenant, query) = (tenant.clone(), query.clone());
        // A page of large documents takes time, and so does a filter that few documents pass.
        let requester = Requester::Organization(tenant.organization().clone());
        self.scan(requester, move |tx, budget| documents::list(tx, budget, &tenant, &query, size))
            .await
    }

    async fn import(
        &self,
        tenant: &Tenant,
        batch: &Arc<Batch>,
    ) -> Result<Vec<Imported>, TenantError> {
        let (tenant, batch) = (tenant.clone(), Arc::clone(batch));
        self.write(move |tx| import::import(tx, &tenant, &batch)).await
    }

    async fn usage(&self, tenant: &Tenant) -> Result<Usage, StoreError> {
        let organization = tenant.organization().as_str();
        self.read(|tx| Ok(counts::sum(&tx.open_table(TENANT_USAGE)?, organization)?))
    }
}
