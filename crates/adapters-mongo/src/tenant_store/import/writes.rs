//! The writes of a batch, and their commands.

use std::borrow::Cow;

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, Usage};
use domain::ports::StoreError;

use crate::command::BulkWriteResult;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use crate::tenant_store::collection_ref::CollectionRef;
use crate::tenant_store::optimistic_lock::{MAX_DOCUMENTS_BYTES, bson_size, is_unchanged};
use crate::tenant_store::usage::UsageDelta;

/// Overhead of a document in a command, in bytes.
const OVERHEAD: usize = 1024;
/// ConversionFailure: the error with which an update reports that the document has changed since it
/// was read.
const CONVERSION_FAILURE: i32 = 241;

/// The documents of a batch with the same id.
pub(super) struct BatchItem<'a> {
    document: &'a Document,
    /// The stored form.
    fields: Fields,
    size: usize,
    /// Indexes of the documents in the batch.
    pub(super) at: Vec<usize>,
}

/// A document to be written.
pub(super) struct PendingWrite<'a> {
    pub(super) key: &'a str,
    item: &'a BatchItem<'a>,
    /// The stored form, under the key of the document that it replaces.
    fields: Cow<'a, Fields>,
    /// The existing document.
    pub(super) found: Option<Fields>,
    /// The difference in usage.
    pub(super) growth: UsageDelta,
}

/// Outcome of a write.
pub(super) enum WriteOutcome {
    Written,
    /// The id exists, or the existing document has changed since it was read.
    Conflict,
    /// The collection does not exist.
    Moved,
    NotSent,
    Unknown(MongoError),
}

impl<'a> BatchItem<'a> {
    pub(super) fn new(
        document: &'a Document,
        collection: &CollectionRef<'_>,
        at: usize,
    ) -> Result<Self, StoreError> {
        let fields = collection.encode(document)?;
        Ok(Self { document, size: bson_size(&fields), fields, at: vec![at] })
    }

    /// A later document of the batch has the same id.
    pub(super) fn replace(
        &mut self,
        document: &'a Document,
        collection: &CollectionRef<'_>,
        at: usize,
    ) -> Result<(), StoreError> {
        self.at.push(at);
        let at = std::mem::take(&mut self.at);
        *self = Self { at, ..Self::new(document, collection, 0)? };
        Ok(())
    }
}

impl<'a> PendingWrite<'a> {
    pub(super) fn new(
        key: &'a str,
        item: &'a BatchItem<'a>,
        found: Option<Fields>,
        collection: &CollectionRef<'_>,
    ) -> Result<Self, StoreError> {
        let before = match &found {
            Some(found) => UsageDelta::of(Usage::of(&collection.decode(found.clone())?)),
            None => UsageDelta::default(),
        };
        let growth = UsageDelta::of(Usage::of(item.document)).minus(before);
        let mut fields = Cow::Borrowed(&item.fields);
        if let Some(id @ Bson::ObjectId(_)) = found.as_ref().and_then(|found| found.get("_id")) {
            fields.to_mut().insert("_id", id);
        }
        Ok(Self { key, item, fields, found, growth })
    }

    /// The usage to reserve before the write. A decrease is counted after it.
    pub(super) fn reserved(&self) -> UsageDelta {
        self.growth.positive_part()
    }

    /// Size in a command, in bytes.
    fn size(&self) -> usize {
        self.item.size + self.found.as_ref().map_or(0, bson_size) + OVERHEAD
    }

    /// Whether the existing document consists of its key only: it is indistinguishable from one
    /// that an upsert creates.
    fn replaces_key_only(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.len() == 1)
    }
}

impl MongoStore {
    /// Inserts and replaces documents, and returns the outcome of each. Stops sending after a
    /// failed command.
    pub(super) async fn write_documents(
        &self,
        collection: &CollectionRef<'_>,
        writes: &[PendingWrite<'_>],
    ) -> Vec<WriteOutcome> {
        let mut outcomes: Vec<WriteOutcome> =
            writes.iter().map(|_| WriteOutcome::NotSent).collect();
        for chunk in chunks(writes) {
            let part: Vec<&PendingWrite<'_>> =
                chunk.iter().filter_map(|at| writes.get(*at)).collect();
            let command = command(collection, &part);
            let outcome = match command {
                Ok(command) => self.write_each(self.with_uuid(collection, command)).await,
                Err(error) => Err(MongoError::Unavailable(error.into())),
            };
            let chunk_outcomes = outcomes_of(outcome, part.len());
            let is_final =
                |it: &WriteOutcome| matches!(it, WriteOutcome::Written | WriteOutcome::Conflict);
            let can_continue = chunk_outcomes.iter().all(is_final);
            for (at, outcome) in chunk.into_iter().zip(chunk_outcomes) {
                if let Some(unsent) = outcomes.get_mut(at) {
                    *unsent = outcome;
                }
            }
            if !can_continue {
                break;
            }
        }
        outcomes
    }
}

/// The indexes of the documents of each command: first the inserts, then the replacements.
fn chunks(writes: &[PendingWrite<'_>]) -> Vec<Vec<usize>> {
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    for replaces in [false, true] {
        let (mut room, mut is_open) = (0, false);
        for (at, write) in writes.iter().enumerate() {
            if write.found.is_some() != replaces {
                continue;
            }
            let alone = write.replaces_key_only();
            match chunks.last_mut() {
                Some(chunk) if is_open && !alone && write.size() <= room => chunk.push(at),
                _ => {
                    chunks.push(vec![at]);
                    room = MAX_DOCUMENTS_BYTES;
                }
            }
            room = room.saturating_sub(write.size());
            is_open = !alone;
        }
    }
    chunks
}

fn command(
    collection: &CollectionRef<'_>,
    writes: &[&PendingWrite<'_>],
) -> Result<Fields, StoreError> {
    let alone = writes.len() == 1;
    let updates: Vec<Fields> = writes
        .iter()
        .filter_map(|write| Some(update(write, write.found.as_ref()?, alone)))
        .collect();
    Ok(if updates.is_empty() {
        let documents: Vec<&Fields> = writes.iter().map(|write| &*write.fields).collect();
        doc! { "insert": collection.name, "documents": documents, "ordered": false }
    } else {
        doc! { "update": collection.name, "updates": updates, "ordered": false }
    })
}

/// The update that replaces the document `found`. The server reports only how many updates of a
/// command matched; so an update that matches a changed document must fail, and so must one that
/// matches none: it would upsert, and the upserted document differs from `found`, too. The only
/// update of a command needs no failure: it simply matches nothing.
fn update(write: &PendingWrite<'_>, found: &Fields, alone: bool) -> Fields {
    let key = found.get("_id");
    let room = MAX_DOCUMENTS_BYTES.saturating_sub(write.item.size);
    if alone {
        let only = doc! { "_id": key, "$expr": is_unchanged(found, room) };
        return doc! { "q": only, "u": &*write.fields };
    }
    let text = match key {
        Some(Bson::ObjectId(_)) => doc! { "$toString": "$_id" }.into(),
        _ => Bson::from("$_id"),
    };
    let fails = doc! { "$toInt": { "$concat": ["changed: ", text] } };
    let next = doc! {
        "$cond": [is_unchanged(found, room), { "$literal": &*write.fields }, fails],
    };
    doc! { "q": { "_id": key }, "u": [{ "$replaceWith": next }], "upsert": true }
}

/// The outcome of each of `count` documents of a command.
fn outcomes_of(outcome: Result<BulkWriteResult, MongoError>, count: usize) -> Vec<WriteOutcome> {
    let result = match outcome {
        Ok(result) => result,
        Err(error) => return failed_outcomes(&error, count),
    };
    let mut outcomes: Vec<WriteOutcome> = (0..count).map(|_| WriteOutcome::Written).collect();
    if count == 1 && result.n == 0 {
        outcomes = vec![WriteOutcome::Conflict];
    }
    for (at, code) in result.refused {
        if let Some(outcome) = outcomes.get_mut(at) {
            let error = MongoError::from_code(code, format!("write refused with code {code}"));
            *outcome = match (code, error) {
                (CONVERSION_FAILURE, _) | (_, MongoError::Duplicate) => WriteOutcome::Conflict,
                (_, MongoError::Missing) => WriteOutcome::Moved,
                (_, error) => WriteOutcome::Unknown(error),
            };
        }
    }
    outcomes
}

/// The outcomes of the documents of a command that failed as a whole.
fn failed_outcomes(error: &MongoError, count: usize) -> Vec<WriteOutcome> {
    let outcome = |_| match error {
        MongoError::Missing => WriteOutcome::Moved,
        error => WriteOutcome::Unknown(MongoError::Unavailable(error.to_string().into())),
    };
    (0..count).map(outcome).collect()
}
