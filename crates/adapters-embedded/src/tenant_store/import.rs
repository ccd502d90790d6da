//! Batch imports of documents.

use std::collections::HashMap;

use domain::model::{Batch, DocumentId, EncodedEvent, Imported, Tenant, Usage};
use domain::ports::TenantError;
use redb::{ReadableTable, WriteTransaction};

use super::collection_ref::CollectionRef;
use super::counts::{Counts, of_json};
use crate::audit_log::EventAppend;
use crate::tables::COLLECTIONS;
use crate::tx_error::TxError;

/// Writes the documents of `batch` according to its mode; all of that, or nothing.
pub(super) fn import(
    tx: &WriteTransaction,
    tenant: &Tenant,
    batch: &Batch,
) -> Result<Vec<Imported>, TxError<TenantError>> {
    let collection = CollectionRef::of(tenant, &tx.open_table(COLLECTIONS)?)?;
    collection.ensure_writable(tx, tenant)?;
    let mut documents = tx.open_table(collection.table())?;
    let before = Counts::of(tx, tenant, &collection)?;
    let (imported, after) = decide(&documents, &collection, before, batch)?;
    after.check(tenant.quota(), &before)?;
    let event = batch.event(&imported);
    let event = event.as_ref().map(EncodedEvent::of);
    let append = EventAppend::with_change(tx, event.as_ref())?;
    for (document, imported) in batch.documents.iter().zip(&imported) {
        if imported.is_written() {
            documents.insert(&*collection.key(document.id()), document.json().as_bytes())?;
        }
    }
    after.write(tx)?;
    append.write(tx)?;
    Ok(imported)
}

/// The outcome of each document, and the usage after them. Earlier documents of the batch count as
/// stored.
fn decide<'a>(
    documents: &impl ReadableTable<&'static str, &'static [u8]>,
    collection: &CollectionRef,
    mut counts: Counts<'a>,
    batch: &Batch,
) -> Result<(Vec<Imported>, Counts<'a>), TxError<TenantError>> {
    let mut written: HashMap<&DocumentId, Usage> = HashMap::new();
    let mut decisions = Vec::with_capacity(batch.documents.len());
    for document in &batch.documents {
        let (id, json) = (document.id(), document.json().as_bytes());
        let present = match written.get(id) {
            Some(earlier) => Some(*earlier),
            None => documents.get(&*collection.key(id))?.map(|stored| of_json(stored.value())),
        };
        let decision = batch.mode.decide(present.is_some());
        if decision.is_written() {
            counts = counts.changed(present.unwrap_or_default(), of_json(json));
            written.insert(id, of_json(json));
        }
        decisions.push(decision);
    }
    Ok((decisions, counts))
}
