//! Operations on whole collections.

use domain::model::{
    Batch, CollectionName, Organization, Page, PageSize, Phase, Placement, Tenant, Usage,
};
use domain::ports::{StoreError, TenantError};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableHandle, WriteTransaction};

use super::collection_ref::CollectionRef;
use super::counts::{self, Counts};
use crate::records::{after, corrupt, find, page, parse_text};
use crate::tables::{COLLECTIONS, ORGANIZATIONS, SHARED_DOCUMENTS, documents, documents_of};
use crate::tx_error::TxError;

pub(super) fn create(
    tx: &WriteTransaction,
    tenant: &Tenant,
) -> Result<Placement, TxError<StoreError>> {
    let Placement::Collection { name, .. } = tenant.placement() else {
        return Ok(Placement::Shared);
    };
    let placement = tenant.placement().clone();
    let organizations = tx.open_table(ORGANIZATIONS)?;
    let owner: Option<Organization> =
        find(&organizations, ORGANIZATIONS.name(), tenant.organization().as_str())?;
    if owner.is_some_and(|owner| !may_have(&owner, name)) {
        // A late retry: the collection was created before, and may have been moved or removed
        // since.
        return Ok(placement);
    }
    let mut registry = tx.open_table(COLLECTIONS)?;
    if registry.get(name.as_str())?.is_some() {
        let own = owns(&registry, tenant, name)?;
        return if own { Ok(placement) } else { Err(in_use(name).into()) };
    }
    registry.insert(name.as_str(), tenant.organization().as_str())?;
    tx.open_table(documents(&documents_of(name.as_str())))?;
    Ok(placement)
}

pub(super) fn rename(
    tx: &WriteTransaction,
    tenant: &Tenant,
    to: &CollectionName,
) -> Result<Placement, TxError<TenantError>> {
    let Placement::Collection { name: from, uuid } = tenant.placement() else {
        return Err(TxError::Refused(TenantError::Moved));
    };
    let placement = Placement::Collection { name: to.clone(), uuid: *uuid };
    let mut registry = tx.open_table(COLLECTIONS)?;
    let has_moved = owns(&registry, tenant, to)?;
    if !owns(&registry, tenant, from)? {
        return if has_moved { Ok(placement) } else { Err(TxError::Refused(TenantError::Moved)) };
    }
    if from == to {
        return Ok(placement);
    }
    if has_moved {
        drop(registry);
        merge_orphaned_table(tx, tenant, from, to)?;
        return Ok(placement);
    }
    if registry.get(to.as_str())?.is_some() {
        return Err(in_use(to).into());
    }
    registry.remove(from.as_str())?;
    registry.insert(to.as_str(), tenant.organization().as_str())?;
    let (old, new) = (documents_of(from.as_str()), documents_of(to.as_str()));
    tx.rename_table(documents(&old), documents(&new))?;
    counts::move_usage(tx, tenant, (&old, &new), None)?;
    Ok(placement)
}

/// Moves the documents of a collection that was created, or written to, too late, and removes it. A
/// document whose id exists in the destination stays behind, with the collection.
fn merge_orphaned_table(
    tx: &WriteTransaction,
    tenant: &Tenant,
    from: &CollectionName,
    to: &CollectionName,
) -> Result<(), TxError<TenantError>> {
    let (old, new) = (documents_of(from.as_str()), documents_of(to.as_str()));
    let mut orphan = tx.open_table(documents(&old))?;
    let mut present = tx.open_table(documents(&new))?;
    let (mut moved, mut usage) = (Vec::new(), Usage::default());
    for entry in orphan.iter()? {
        let (id, json) = entry?;
        if present.get(id.value())?.is_none() {
            present.insert(id.value(), json.value())?;
            moved.push(id.value().to_owned());
            usage = usage.plus(counts::of_json(json.value()));
        }
    }
    for id in &moved {
        orphan.remove(id.as_str())?;
    }
    let empty = orphan.is_empty()?;
    drop(orphan);
    counts::move_usage(tx, tenant, (&old, &new), Some(usage))?;
    if empty { remove(tx, tenant).map(drop) } else { Ok(()) }
}

/// The progress of a removal of a tenant's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RemovalProgress {
    Complete,
    /// The maximum for one transaction was removed; more is left.
    Partial,
}

/// Removes a collection, or a batch of documents from the shared table.
pub(super) fn remove<E>(
    tx: &WriteTransaction,
    tenant: &Tenant,
) -> Result<RemovalProgress, TxError<E>>
where
    E: From<StoreError>,
{
    let Placement::Collection { name, .. } = tenant.placement() else {
        return remove_shared_documents(tx, tenant);
    };
    let mut registry = tx.open_table(COLLECTIONS)?;
    if owns(&registry, tenant, name)? {
        registry.remove(name.as_str())?;
        let table = documents_of(name.as_str());
        tx.delete_table(documents(&table))?;
        counts::remove_usage(tx, tenant, &table)?;
    }
    Ok(RemovalProgress::Complete)
}

/// Maximum size of a removal batch, in bytes of documents.
const BATCH_BYTES: u64 = 16 * 1024 * 1024;

/// Removes the first entries of `tenant` from the shared table. The rest stays counted until it is
/// removed.
fn remove_shared_documents<E: From<StoreError>>(
    tx: &WriteTransaction,
    tenant: &Tenant,
) -> Result<RemovalProgress, TxError<E>> {
    let collection = CollectionRef::Shared(tenant.organization().clone());
    let mut table = tx.open_table(SHARED_DOCUMENTS)?;
    let (mut keys, mut usage) = (Vec::new(), Usage::default());
    let mut entries = collection.range(&table, None)?;
    while keys.len() < Batch::MAX_LINES
        && usage.bytes < BATCH_BYTES
        && let Some(entry) = entries.next().transpose()?
    {
        keys.push(entry.0.value().to_owned());
        usage = usage.plus(counts::of_json(entry.1.value()));
    }
    let is_complete = entries.next().is_none();
    drop(entries);
    for key in &keys {
        table.remove(key.as_str())?;
    }
    if is_complete {
        counts::remove_usage(tx, tenant, collection.table_name())?;
        return Ok(RemovalProgress::Complete);
    }
    let before = Counts::of(tx, tenant, &collection)?;
    before.changed(usage, Usage::default()).write(tx)?;
    Ok(RemovalProgress::Partial)
}

pub(super) fn list(
    tx: &ReadTransaction,
    last: Option<&CollectionName>,
    size: PageSize,
) -> Result<Page<CollectionName>, TxError<StoreError>> {
    let registry = tx.open_table(COLLECTIONS)?;
    let names = registry.range::<&str>(after(last.map(CollectionName::as_str)))?;
    let parse = |name: &str| Ok(parse_text(COLLECTIONS.name(), name, name)?);
    page(names.map(|entry| parse(entry?.0.value())), size)
}

/// Whether a collection of this name can be one that `owner` waits for, or has lost.
fn may_have(owner: &Organization, name: &CollectionName) -> bool {
    match owner.phase() {
        Phase::Provisioning { .. } => true,
        Phase::Active
        | Phase::AddingAdmin { .. }
        | Phase::UpdatingAdmin { .. }
        | Phase::Suspended => owner.placement().and_then(Placement::own_collection) == Some(name),
        Phase::Renaming { .. }
        | Phase::Suspending { .. }
        | Phase::Deleting { .. }
        | Phase::Deleted => false,
    }
}

/// Whether the collection exists and holds the documents of `tenant`.
pub(super) fn owns(
    registry: &impl ReadableTable<&'static str, &'static str>,
    tenant: &Tenant,
    name: &CollectionName,
) -> Result<bool, redb::StorageError> {
    let owner = registry.get(name.as_str())?;
    Ok(owner.is_some_and(|owner| owner.value() == tenant.organization().as_str()))
}

/// The ledger assigns a name to one organization only, so this can't happen to names from the
/// ledger.
fn in_use(name: &CollectionName) -> StoreError {
    corrupt(COLLECTIONS.name(), name.as_str(), "the name is in use already")
}
