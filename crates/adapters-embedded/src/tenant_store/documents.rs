//! Documents in the tables of the store.

use domain::model::{
    Budget, Document, DocumentId, DocumentQuery, DocumentTag, DocumentTree, EncodedEvent, Filter,
    Page, PageSize, Precondition, Tenant, Usage,
};
use domain::ports::{DocumentOutcome, TenantError};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::collection_ref::CollectionRef;
use super::counts::{Counts, of_json};
use super::sorted::Sorted;
use crate::audit_log::EventAppend;
use crate::records::{decode, document};
use crate::tables::{COLLECTIONS, DOCUMENTS};
use crate::tx_error::TxError;

pub(super) fn insert(
    tx: &WriteTransaction,
    tenant: &Tenant,
    document: &Document,
    event: Option<&EncodedEvent>,
) -> Result<(), TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    collection.ensure_writable(tx, tenant)?;
    let mut documents = tx.open_table(collection.table())?;
    let (key, json) = (collection.key(document.id()), document.json().as_bytes());
    if documents.get(&*key)?.is_some() {
        return Err(TxError::Refused(TenantError::Exists));
    }
    let before = Counts::of(tx, tenant, &collection)?;
    let after = before.changed(Usage::default(), of_json(json));
    after.check(tenant.quota(), &before)?;
    let append = EventAppend::with_change(tx, event)?;
    documents.insert(&*key, json)?;
    after.write(tx)?;
    append.write(tx)
}

pub(super) fn replace(
    tx: &WriteTransaction,
    tenant: &Tenant,
    document: &Document,
    precondition: &Precondition<DocumentTag>,
    event: Option<&EncodedEvent>,
) -> Result<DocumentOutcome, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    collection.ensure_writable(tx, tenant)?;
    let mut documents = tx.open_table(collection.table())?;
    let (key, json) = (collection.key(document.id()), document.json().as_bytes());
    let old = match check_change(&documents, &key, precondition)? {
        ChangeCheck::Allowed(old) => old,
        ChangeCheck::Refused(refusal) => return Ok(refusal),
    };
    let before = Counts::of(tx, tenant, &collection)?;
    let after = before.changed(old, of_json(json));
    after.check(tenant.quota(), &before)?;
    let append = EventAppend::with_change(tx, event)?;
    documents.insert(&*key, json)?;
    after.write(tx)?;
    append.write(tx)?;
    Ok(DocumentOutcome::Done)
}

/// The state of the document that a change addresses.
enum ChangeCheck {
    /// The document may be changed; contains its usage.
    Allowed(Usage),
    /// Reason for which nothing is changed.
    Refused(DocumentOutcome),
}

fn check_change(
    documents: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
    precondition: &Precondition<DocumentTag>,
) -> Result<ChangeCheck, TxError<TenantError>> {
    let Some(json) = documents.get(key)? else {
        return Ok(ChangeCheck::Refused(DocumentOutcome::Absent));
    };
    if *precondition != Precondition::None
        && !precondition.holds(&document(key, json.value())?.tag())
    {
        return Ok(ChangeCheck::Refused(DocumentOutcome::Stale));
    }
    Ok(ChangeCheck::Allowed(of_json(json.value())))
}

pub(super) fn delete(
    tx: &WriteTransaction,
    tenant: &Tenant,
    id: &DocumentId,
    precondition: &Precondition<DocumentTag>,
    event: Option<&EncodedEvent>,
) -> Result<DocumentOutcome, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let mut documents = tx.open_table(collection.table())?;
    let key = collection.key(id);
    let old = match check_change(&documents, &key, precondition)? {
        ChangeCheck::Allowed(old) => old,
        ChangeCheck::Refused(refusal) => return Ok(refusal),
    };
    let counts = Counts::of(tx, tenant, &collection)?.changed(old, Usage::default());
    let append = EventAppend::with_change(tx, event)?;
    documents.remove(&*key)?;
    counts.write(tx)?;
    append.write(tx)?;
    Ok(DocumentOutcome::Done)
}

/// Bytes of JSON that cost one step of the budget.
const BYTES_PER_STEP: usize = 256;

/// Maximum bytes of JSON that are validated on a request thread.
const SMALL_DOCUMENT: usize = 64 * 1024;

/// [`get`] for small documents; none for a large one.
pub(super) fn find_small(
    tx: &ReadTransaction,
    tenant: &Tenant,
    id: &DocumentId,
) -> Result<Option<Option<Document>>, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let key = collection.key(id);
    let Some(json) = tx.open_table(collection.table())?.get(&*key)? else { return Ok(Some(None)) };
    let json = json.value();
    Ok((json.len() <= SMALL_DOCUMENT).then(|| document(&key, json).map(Some)).transpose()?)
}

pub(super) fn get(
    tx: &ReadTransaction,
    tenant: &Tenant,
    id: &DocumentId,
) -> Result<Option<Document>, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    find(&tx.open_table(collection.table())?, &collection.key(id))
}

/// The document under `key`.
fn find(
    documents: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
) -> Result<Option<Document>, TxError<TenantError>> {
    let json = documents.get(key)?;
    Ok(json.map(|json| document(key, json.value())).transpose()?)
}

/// Lists documents. A list by id stops at a full page; any other order reads all documents. Parses
/// one document at a time.
pub(super) fn list(
    tx: &ReadTransaction,
    budget: &Budget<'_>,
    tenant: &Tenant,
    query: &DocumentQuery,
    size: PageSize,
) -> Result<Page<Document>, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let documents = tx.open_table(collection.table())?;
    // Whether a document matches, and its tree if it was parsed for that.
    let passes = |key: &str, json: &[u8], needs_tree: bool| {
        budget.spend(1 + json.len() / BYTES_PER_STEP)?;
        if !needs_tree && query.filter == Filter::default() {
            return Ok((true, None));
        }
        let tree: DocumentTree = decode(DOCUMENTS, key, json)?;
        Ok::<_, TxError<TenantError>>((query.filter.matches_within(&tree, budget)?, Some(tree)))
    };
    if query.sort.is_by_id() {
        let after = query.after.as_ref().map(|after| &after.id);
        let passing = collection.range(&documents, after)?.filter_map(|entry| {
            let read =
                |(key, json): (redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>)| {
                    let (key, json) = (key.value(), json.value());
                    let (passes, _) = passes(key, json, false)?;
                    Ok::<_, TxError<TenantError>>(passes.then(|| document(key, json)).transpose()?)
                };
            entry.map_err(TxError::from).and_then(read).transpose()
        });
        return page(passing, size);
    }
    let mut sorted = Sorted::new(query, size);
    for entry in collection.range(&documents, None)? {
        let (key, json) = entry?;
        if let (true, Some(tree)) = passes(key.value(), json.value(), true)? {
            // Each sort path may visit the whole document.
            budget.spend(query.sort.keys().len() * (1 + json.value().len() / BYTES_PER_STEP))?;
            let added = sorted.add(&tree);
            added.map_err(|large| TxError::Refused(TenantError::PositionTooLarge(large)))?;
        }
    }
    let ids = sorted.into_ids();
    page(ids.iter().filter_map(|id| find(&documents, &collection.key(id)).transpose()), size)
}

/// The documents that fit on a page.
fn page(
    found: impl Iterator<Item = Result<Document, TxError<TenantError>>>,
    size: PageSize,
) -> Result<Page<Document>, TxError<TenantError>> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for document in found {
        let document = document?;
        bytes += document.json().len();
        let full = bytes > Page::<Document>::MAX_BYTES && !items.is_empty();
        if full || items.len() == size.get() {
            return Ok(Page { items, more: true });
        }
        items.push(document);
    }
    Ok(Page { items, more: false })
}
