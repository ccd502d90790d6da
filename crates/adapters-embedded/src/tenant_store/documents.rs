//! Documents in the tables of the store.

use domain::model::{
    Budget, Document, DocumentId, DocumentQuery, DocumentTag, Draft, Page, PageSize, Precondition,
    Tenant, Usage,
};
use domain::ports::{DocumentOutcome, TenantError};
use redb::{ReadTransaction, ReadableTable, WriteTransaction};

use super::counts::{Counts, of_json};
use super::place::Place;
use super::sorted::Sorted;
use crate::audit_log::Addition;
use crate::records::{decode, find};
use crate::stop::Stop;
use crate::tables::{COLLECTIONS, DOCUMENTS};

pub(super) fn insert(
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
    let before = Counts::of(tx, tenant, &place)?;
    let after = before.changed(Usage::default(), of_json(json));
    after.check(tenant.quota(), &before)?;
    let addition = Addition::of(tx, event)?;
    documents.insert(&*key, json)?;
    after.write(tx)?;
    addition.write(tx)
}

pub(super) fn replace(
    tx: &WriteTransaction,
    tenant: &Tenant,
    (id, json): (&DocumentId, &[u8]),
    precondition: &Precondition<DocumentTag>,
    event: Option<&Draft>,
) -> Result<DocumentOutcome, Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    place.takes_writes(tx, tenant)?;
    let mut documents = tx.open_table(place.table())?;
    let key = place.key(id);
    let old = match look(&documents, &key, precondition)? {
        Found::Usage(old) => old,
        Found::Refusal(refusal) => return Ok(refusal),
    };
    let before = Counts::of(tx, tenant, &place)?;
    let after = before.changed(old, of_json(json));
    after.check(tenant.quota(), &before)?;
    let addition = Addition::of(tx, event)?;
    documents.insert(&*key, json)?;
    after.write(tx)?;
    addition.write(tx)?;
    Ok(DocumentOutcome::Done)
}

/// What a change finds in its place.
enum Found {
    /// A document that may be changed, and what it counts.
    Usage(Usage),
    /// Why nothing is to be changed.
    Refusal(DocumentOutcome),
}

fn look(
    documents: &impl ReadableTable<&'static str, &'static [u8]>,
    key: &str,
    precondition: &Precondition<DocumentTag>,
) -> Result<Found, Stop<TenantError>> {
    let Some(json) = documents.get(key)? else {
        return Ok(Found::Refusal(DocumentOutcome::Absent));
    };
    if *precondition != Precondition::None {
        let found: Document = decode(DOCUMENTS, key, json.value())?;
        if !precondition.holds(&found.tag()) {
            return Ok(Found::Refusal(DocumentOutcome::Stale));
        }
    }
    Ok(Found::Usage(of_json(json.value())))
}

pub(super) fn delete(
    tx: &WriteTransaction,
    tenant: &Tenant,
    id: &DocumentId,
    precondition: &Precondition<DocumentTag>,
    event: Option<&Draft>,
) -> Result<DocumentOutcome, Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let mut documents = tx.open_table(place.table())?;
    let key = place.key(id);
    let old = match look(&documents, &key, precondition)? {
        Found::Usage(old) => old,
        Found::Refusal(refusal) => return Ok(refusal),
    };
    let counts = Counts::of(tx, tenant, &place)?.changed(old, Usage::default());
    let addition = Addition::of(tx, event)?;
    documents.remove(&*key)?;
    counts.write(tx)?;
    addition.write(tx)?;
    Ok(DocumentOutcome::Done)
}

/// How many bytes of JSON are read at the cost of one step.
const BYTES_PER_STEP: usize = 256;

/// In the order of ids, what is found is shown at once; in any other, all documents are looked at.
pub(super) fn list(
    tx: &ReadTransaction,
    budget: &Budget<'_>,
    tenant: &Tenant,
    query: &DocumentQuery,
    size: PageSize,
) -> Result<Page<Document>, Stop<TenantError>> {
    let place = Place::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    let documents = tx.open_table(place.table())?;
    let by_id = query.sort.is_by_id();
    let after = query.after.as_ref().map(|after| &after.id);
    let passing = place.range(&documents, after.filter(|_| by_id))?.filter_map(|entry| {
        let read = |(key, json): (redb::AccessGuard<'_, &str>, redb::AccessGuard<'_, &[u8]>)| {
            let size = json.value().len();
            budget.spend(1 + size / BYTES_PER_STEP)?;
            let document: Document = decode(DOCUMENTS, key.value(), json.value())?;
            let passes = query.filter.matches_within(&document, budget)?;
            Ok::<_, Stop<TenantError>>(passes.then_some((document, size)))
        };
        entry.map_err(Stop::from).and_then(read).transpose()
    });
    if by_id {
        return page(passing, size);
    }
    let mut sorted = Sorted::new(query, size);
    for found in passing {
        sorted.add(&found?.0);
    }
    let ids = sorted.into_ids();
    let found = ids.iter().filter_map(|id| {
        let key = place.key(id);
        let document = find::<Document, TenantError>(&documents, DOCUMENTS, &key).transpose()?;
        Some(document.map(|document| {
            let size = serde_json::to_vec(&document).map_or(0, |json| json.len());
            (document, size)
        }))
    });
    page(found, size)
}

/// As many of the documents as a page takes, each with its size in bytes.
fn page(
    found: impl Iterator<Item = Result<(Document, usize), Stop<TenantError>>>,
    size: PageSize,
) -> Result<Page<Document>, Stop<TenantError>> {
    let (mut items, mut bytes) = (Vec::new(), 0);
    for entry in found {
        let (document, more) = entry?;
        bytes += more;
        let full = bytes > Page::<Document>::MAX_BYTES && !items.is_empty();
        if full || items.len() == size.get() {
            return Ok(Page { items, more: true });
        }
        items.push(document);
    }
    Ok(Page { items, more: false })
}
