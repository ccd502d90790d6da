//! [`TenantStore`]: a table for each collection, the registry of the collections that exist, and one
//! table for the documents of all others. Who has no entry in the registry has no collection, and no
//! access makes one.

mod collections;
mod place;

use async_trait::async_trait;
use domain::model::{
    AuditEvent, CollectionName, Document, DocumentId, DocumentTag, Draft, OrganizationId, Page,
    PageSize, Placement, Precondition, Tenant,
};
use domain::ports::{DeleteOutcome, StoreError, TenantError, TenantStore};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use crate::audit_log::Addition;
use crate::records::{decode, encode, find};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{COLLECTIONS, DOCUMENTS};
use place::Place;

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
        let tenant = tenant.clone();
        self.write(move |tx| collections::remove(tx, &tenant)).await
    }

    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        self.read(|tx| collections::list(tx, after, size))
    }

    async fn sharers(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.read(|tx| place::sharers(tx, after, size))
    }

    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError> {
        let (tenant, id, json) = (tenant.clone(), document.id().clone(), encode(document)?);
        let event = event.map(Draft::of);
        self.write(move |tx| insert(tx, &tenant, (&id, &json), event.as_ref())).await
    }

    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError> {
        self.read(|tx| {
            let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
            find(&tx.open_table(place.table())?, DOCUMENTS, &place.key(id))
        })
    }

    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DeleteOutcome, TenantError> {
        let (tenant, id, precondition) = (tenant.clone(), id.clone(), precondition.clone());
        let event = event.map(Draft::of);
        self.write(move |tx| delete(tx, &tenant, &id, &precondition, event.as_ref())).await
    }

    async fn list(
        &self,
        tenant: &Tenant,
        after: Option<&DocumentId>,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let (tenant, after) = (tenant.clone(), after.cloned());
        // A page of large documents takes its time.
        self.scan(move |tx| list(tx, &tenant, after.as_ref(), size)).await
    }
}

fn insert(
    tx: &WriteTransaction,
    tenant: &Tenant,
    (id, json): (&DocumentId, &[u8]),
    event: Option<&Draft>,
) -> Result<(), Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    place.takes_writes(tx, tenant)?;
    let mut documents = tx.open_table(place.table())?;
    let key = place.key(id);
    if documents.get(&*key)?.is_some() {
        return Err(Stop::Refused(TenantError::Exists));
    }
    let addition = Addition::of(tx, event)?;
    documents.insert(&*key, json)?;
    addition.write(tx)
}

fn delete(
    tx: &WriteTransaction,
    tenant: &Tenant,
    id: &DocumentId,
    precondition: &Precondition<DocumentTag>,
    event: Option<&Draft>,
) -> Result<DeleteOutcome, Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let mut documents = tx.open_table(place.table())?;
    let key = place.key(id);
    if *precondition != Precondition::None {
        let found = find::<Document, TenantError>(&documents, DOCUMENTS, &key)?;
        if found.is_some_and(|document| !precondition.holds(&document.tag())) {
            return Ok(DeleteOutcome::Stale);
        }
    }
    let addition = Addition::of(tx, event)?;
    if documents.remove(&*key)?.is_none() {
        return Ok(DeleteOutcome::Absent);
    }
    addition.write(tx)?;
    Ok(DeleteOutcome::Deleted)
}

fn list(
    tx: &ReadTransaction,
    tenant: &Tenant,
    last: Option<&DocumentId>,
    size: PageSize,
) -> Result<Page<Document>, Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let documents = tx.open_table(place.table())?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    for entry in place.range(&documents, last)? {
        let (id, json) = entry?;
        bytes += json.value().len();
        let full = bytes > Page::<Document>::MAX_BYTES && !items.is_empty();
        if full || items.len() == size.get() {
            return Ok(Page { items, more: true });
        }
        items.push(decode(DOCUMENTS, id.value(), json.value())?);
    }
    Ok(Page { items, more: false })
}
