//! [`TenantStore`]: a table for each collection, and the registry of the collections that exist. Who
//! has no entry in the registry has no documents, and no access makes one.

use async_trait::async_trait;
use domain::model::{
    CollectionName, Document, DocumentId, DocumentTag, Organization, Page, PageSize, Precondition,
    Status, Tenant,
};
use domain::ports::{DeleteOutcome, StoreError, TenantError, TenantStore};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableHandle, WriteTransaction};

use crate::records::{after, corrupt, decode, encode, find, page, text};
use crate::stop::Stop;
use crate::store::EmbeddedStore;
use crate::tables::{COLLECTIONS, DOCUMENTS, ORGANIZATIONS, documents, documents_of};

#[async_trait]
impl TenantStore for EmbeddedStore {
    async fn create(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        self.write(move |tx| create(tx, &tenant)).await
    }

    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<(), TenantError> {
        let (tenant, to) = (tenant.clone(), to.clone());
        self.write(move |tx| rename(tx, &tenant, &to)).await
    }

    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let tenant = tenant.clone();
        self.write(move |tx| remove(tx, &tenant)).await
    }

    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError> {
        self.read(|tx| collections(tx, after, size))
    }

    async fn insert(&self, tenant: &Tenant, document: &Document) -> Result<(), TenantError> {
        let (tenant, id, json) = (tenant.clone(), document.id().clone(), encode(document)?);
        self.write(move |tx| insert(tx, &tenant, &id, &json)).await
    }

    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError> {
        self.read(|tx| {
            let table = table_of(&tx.open_table(COLLECTIONS)?, tenant)?;
            find(&tx.open_table(documents(&table))?, DOCUMENTS, id.as_str())
        })
    }

    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<DeleteOutcome, TenantError> {
        let (tenant, id, precondition) = (tenant.clone(), id.clone(), precondition.clone());
        self.write(move |tx| delete(tx, &tenant, &id, &precondition)).await
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

fn create(tx: &WriteTransaction, tenant: &Tenant) -> Result<(), Stop<StoreError>> {
    let name = tenant.placement().collection();
    let organizations = tx.open_table(ORGANIZATIONS)?;
    let owner: Option<Organization> =
        find(&organizations, ORGANIZATIONS.name(), tenant.organization().as_str())?;
    if owner.is_some_and(|owner| owner.status() != Status::Provisioning) {
        // Whoever asks was overtaken: the collection has been made, and may have moved or gone since.
        return Ok(());
    }
    let mut registry = tx.open_table(COLLECTIONS)?;
    if registry.get(name.as_str())?.is_some() {
        let own = owns(&registry, tenant, name)?;
        return if own { Ok(()) } else { Err(in_use(name).into()) };
    }
    registry.insert(name.as_str(), tenant.organization().as_str())?;
    tx.open_table(documents(&documents_of(name.as_str())))?;
    Ok(())
}

fn rename(
    tx: &WriteTransaction,
    tenant: &Tenant,
    to: &CollectionName,
) -> Result<(), Stop<TenantError>> {
    let from = tenant.placement().collection();
    let mut registry = tx.open_table(COLLECTIONS)?;
    let moved = owns(&registry, tenant, to)?;
    if !owns(&registry, tenant, from)? {
        return if moved { Ok(()) } else { Err(Stop::Refused(TenantError::Moved)) };
    }
    if from == to {
        return Ok(());
    }
    let old = documents_of(from.as_str());
    if moved && tx.open_table(documents(&old))?.is_empty()? {
        // Only a `create` that came late made the old collection again.
        drop(registry);
        return remove(tx, tenant);
    }
    if registry.get(to.as_str())?.is_some() {
        return Err(in_use(to).into());
    }
    registry.remove(from.as_str())?;
    registry.insert(to.as_str(), tenant.organization().as_str())?;
    Ok(tx.rename_table(documents(&old), documents(&documents_of(to.as_str())))?)
}

fn remove<E: From<StoreError>>(tx: &WriteTransaction, tenant: &Tenant) -> Result<(), Stop<E>> {
    let name = tenant.placement().collection();
    let mut registry = tx.open_table(COLLECTIONS)?;
    if owns(&registry, tenant, name)? {
        registry.remove(name.as_str())?;
        tx.delete_table(documents(&documents_of(name.as_str())))?;
    }
    Ok(())
}

fn collections(
    tx: &ReadTransaction,
    last: Option<&CollectionName>,
    size: PageSize,
) -> Result<Page<CollectionName>, Stop<StoreError>> {
    let registry = tx.open_table(COLLECTIONS)?;
    let names = registry.range::<&str>(after(last.map(CollectionName::as_str)))?;
    let parse = |name: &str| Ok(text(COLLECTIONS.name(), name, name)?);
    page(names.map(|entry| parse(entry?.0.value())), size)
}

fn insert(
    tx: &WriteTransaction,
    tenant: &Tenant,
    id: &DocumentId,
    json: &[u8],
) -> Result<(), Stop<TenantError>> {
    let table = table_of(&tx.open_table(COLLECTIONS)?, tenant)?;
    let mut documents = tx.open_table(documents(&table))?;
    if documents.get(id.as_str())?.is_some() {
        return Err(Stop::Refused(TenantError::Exists));
    }
    documents.insert(id.as_str(), json)?;
    Ok(())
}

fn delete(
    tx: &WriteTransaction,
    tenant: &Tenant,
    id: &DocumentId,
    precondition: &Precondition<DocumentTag>,
) -> Result<DeleteOutcome, Stop<TenantError>> {
    let table = table_of(&tx.open_table(COLLECTIONS)?, tenant)?;
    let mut documents = tx.open_table(documents(&table))?;
    if *precondition != Precondition::None {
        let found = find::<Document, TenantError>(&documents, DOCUMENTS, id.as_str())?;
        if found.is_some_and(|document| !precondition.holds(&document.tag())) {
            return Ok(DeleteOutcome::Stale);
        }
    }
    let removed = documents.remove(id.as_str())?.is_some();
    Ok(if removed { DeleteOutcome::Deleted } else { DeleteOutcome::Absent })
}

fn list(
    tx: &ReadTransaction,
    tenant: &Tenant,
    last: Option<&DocumentId>,
    size: PageSize,
) -> Result<Page<Document>, Stop<TenantError>> {
    let table = table_of(&tx.open_table(COLLECTIONS)?, tenant)?;
    let documents = tx.open_table(documents(&table))?;
    let (mut items, mut bytes) = (Vec::new(), 0);
    for entry in documents.range::<&str>(after(last.map(DocumentId::as_str)))? {
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

/// The table that holds the documents of `tenant`, which is there.
fn table_of(
    registry: &impl ReadableTable<&'static str, &'static str>,
    tenant: &Tenant,
) -> Result<String, Stop<TenantError>> {
    let name = tenant.placement().collection();
    if owns(registry, tenant, name)? {
        Ok(documents_of(name.as_str()))
    } else {
        Err(Stop::Refused(TenantError::Moved))
    }
}

/// Whether the collection is there and holds the documents of `tenant`.
fn owns(
    registry: &impl ReadableTable<&'static str, &'static str>,
    tenant: &Tenant,
    name: &CollectionName,
) -> Result<bool, redb::StorageError> {
    let owner = registry.get(name.as_str())?;
    Ok(owner.is_some_and(|owner| owner.value() == tenant.organization().as_str()))
}

/// The ledger gives a name to one organization, so that this can't happen to names of its making.
fn in_use(name: &CollectionName) -> StoreError {
    corrupt(COLLECTIONS.name(), name.as_str(), "the name is in use already")
}
