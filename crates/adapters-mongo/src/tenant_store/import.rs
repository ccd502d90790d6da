//! Batch imports. Each id is written once, with its content after the whole batch, in as few
//! commands as possible; each command reports the outcome of each document. A document that changes
//! between the read and the write is read again.

mod writes;

use std::collections::{BTreeMap, HashMap};

use bson::Document as Fields;
use domain::model::{Batch, CollectionName, ImportMode, Imported, Placement, Tenant};
use domain::ports::{StoreError, TenantError};

use super::change::MAX_READS;
use super::collection_ref::CollectionRef;
use super::usage::UsageDelta;
use crate::call::collect;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use writes::{BatchItem, PendingWrite, WriteOutcome};

/// Progress of a batch.
struct ImportProgress<'a> {
    mode: ImportMode,
    /// The undecided items, by key.
    undecided: BTreeMap<String, BatchItem<'a>>,
    /// The outcome of each document.
    imported: Vec<Option<Imported>>,
    /// The keys of inserted documents.
    inserted: Vec<String>,
}

impl<'a> ImportProgress<'a> {
    fn of(batch: &'a Batch, collection: &CollectionRef<'_>) -> Result<Self, StoreError> {
        let mut undecided: BTreeMap<String, BatchItem<'a>> = BTreeMap::new();
        for (at, document) in batch.documents.iter().enumerate() {
            let key = collection.key(document.id());
            match undecided.get_mut(&key) {
                Some(item) if batch.mode == ImportMode::Upsert => {
                    item.replace(document, collection, at)?;
                }
                Some(item) => item.at.push(at),
                None => drop(undecided.insert(key, BatchItem::new(document, collection, at)?)),
            }
        }
        let imported = vec![None; batch.documents.len()];
        Ok(Self { mode: batch.mode, undecided, imported, inserted: Vec::new() })
    }

    /// Records the outcome of the document under `key`, which existed before or not. Later
    /// documents of the batch with the same key find it.
    fn decide(&mut self, key: &str, was_there: bool) {
        let Some(item) = self.undecided.remove(key) else { return };
        let mut is_there = was_there;
        for at in item.at {
            if let Some(imported) = self.imported.get_mut(at) {
                *imported = Some(self.mode.decide(is_there));
            }
            is_there = true;
        }
        if !was_there {
            self.inserted.push(key.to_owned());
        }
    }

    fn wrote_some(&self) -> bool {
        self.imported.iter().flatten().any(|imported| imported.is_written())
    }
}

impl MongoStore {
    pub(super) async fn import_batch(
        &self,
        tenant: &Tenant,
        batch: &Batch,
    ) -> Result<Vec<Imported>, TenantError> {
        let collection = CollectionRef::of(tenant);
        self.ensure_collection_exists(&collection).await?;
        self.ensure_usage_record(tenant).await?;
        let mut progress = ImportProgress::of(batch, &collection)?;
        let result = self.import_rounds(tenant, &collection, &mut progress).await;
        self.finish_import(tenant, &collection, progress, result).await
    }

    async fn import_rounds(
        &self,
        tenant: &Tenant,
        collection: &CollectionRef<'_>,
        progress: &mut ImportProgress<'_>,
    ) -> Result<(), TenantError> {
        let mut name = collection.name.to_owned();
        for _ in 0..MAX_READS {
            if progress.undecided.is_empty() {
                return Ok(());
            }
            let renamed = collection.renamed(&name);
            match self.import_round(tenant, &renamed, progress).await {
                // The rest has to follow, or a retry of the whole batch would find its own
                // documents and count them as existing.
                Err(TenantError::Moved) if progress.wrote_some() => {
                    name = self.current_name(collection).await?.ok_or(TenantError::Moved)?.into();
                }
                round => round?,
            }
        }
        Err(StoreError::unavailable("too many concurrent modifications of documents").into())
    }

    /// Removes documents that were written too late, whatever the `result` of the batch: a part may
    /// have been written.
    async fn finish_import(
        &self,
        tenant: &Tenant,
        collection: &CollectionRef<'_>,
        progress: ImportProgress<'_>,
        result: Result<(), TenantError>,
    ) -> Result<Vec<Imported>, TenantError> {
        if *tenant.placement() == Placement::Shared && self.forbids_shared_writes(tenant).await? {
            if !progress.inserted.is_empty() {
                self.remove_late_documents(collection, &progress.inserted).await?;
            }
            return Err(TenantError::Moved);
        }
        result?;
        let imported: Option<Vec<Imported>> = progress.imported.into_iter().collect();
        imported
            .ok_or_else(|| StoreError::unavailable("a document of the batch has no outcome").into())
    }

    /// Decides what it can, writes the rest, and leaves items that changed concurrently to the next
    /// round.
    async fn import_round(
        &self,
        tenant: &Tenant,
        collection: &CollectionRef<'_>,
        progress: &mut ImportProgress<'_>,
    ) -> Result<(), TenantError> {
        let mut existing = self.existing_documents(collection, progress).await?;
        if progress.mode != ImportMode::Upsert {
            existing.keys().for_each(|key| progress.decide(key, true));
        }
        let writes = progress.undecided.iter().map(|(key, item)| {
            let found = existing.remove(key).flatten();
            PendingWrite::new(key, item, found, collection)
        });
        let writes = writes.collect::<Result<Vec<_>, StoreError>>()?;
        if writes.is_empty() {
            return Ok(());
        }
        let sum = |total: UsageDelta, delta| total.plus(delta);
        let reserved = writes.iter().map(PendingWrite::reserved).fold(UsageDelta::default(), sum);
        let growth = writes.iter().map(|write| write.growth).fold(UsageDelta::default(), sum);
        let term = self.reserve_initially(tenant, reserved, growth).await?;
        let outcomes = self.write_documents(collection, &writes).await;
        let mut used: Option<UsageDelta> = None;
        let (mut decided, mut result) = (Vec::new(), Ok(()));
        for (write, outcome) in writes.iter().zip(outcomes) {
            match outcome {
                WriteOutcome::Written => {
                    used = Some(used.unwrap_or_default().plus(write.growth));
                    decided.push((write.key.to_owned(), write.found.is_some()));
                }
                WriteOutcome::Conflict if progress.mode != ImportMode::Upsert => {
                    decided.push((write.key.to_owned(), true));
                }
                WriteOutcome::Conflict | WriteOutcome::NotSent => {}
                WriteOutcome::Moved => result = result.and(Err(TenantError::Moved)),
                WriteOutcome::Unknown(error) => {
                    used = Some(used.unwrap_or_default().plus(write.reserved()));
                    result = Err(TenantError::Store(error.into()));
                }
            }
        }
        decided.iter().for_each(|(key, was_there)| progress.decide(key, *was_there));
        self.finish_reservation(tenant, (term, reserved), used).await;
        result
    }

    /// The existing documents among the undecided items; with their fields, if they are to be
    /// replaced.
    async fn existing_documents(
        &self,
        collection: &CollectionRef<'_>,
        progress: &ImportProgress<'_>,
    ) -> Result<HashMap<String, Option<Fields>>, MongoError> {
        let mut keys: Vec<String> = progress.undecided.keys().cloned().collect();
        let present = self.existing_ids(collection, &keys).await?;
        if progress.mode != ImportMode::Upsert {
            return Ok(present.into_iter().map(|key| (key, None)).collect());
        }
        keys.retain(|key| present.contains(key));
        let mut found = HashMap::new();
        // A single response may not hold all of them.
        while !keys.is_empty() {
            let all = collection.all_keys(&keys);
            let filter = bson::doc! { "_id": { "$in": &all } };
            let batch = self.find(collection, filter, all.len()).await?;
            if batch.is_empty() {
                break;
            }
            for fields in batch {
                let key = collection.id_text(fields.get("_id")).unwrap_or_default();
                found.entry(key).or_insert(Some(fields));
            }
            keys.retain(|key| !found.contains_key(key));
        }
        Ok(found)
    }

    /// The current name of the collection.
    async fn current_name(
        &self,
        collection: &CollectionRef<'_>,
    ) -> Result<Option<CollectionName>, MongoError> {
        let Some(uuid) = collection.uuid.clone() else { return Ok(None) };
        let connection = self.connection()?;
        let list = connection.database.list_collections().filter(bson::doc! { "info.uuid": uuid });
        let found: Vec<_> = collect(list).await?;
        Ok(found.into_iter().find_map(|found| CollectionName::parse(found.name).ok()))
    }
}
