//! The writes of a batch, and their commands.

use std::borrow::Cow;

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, Usage};
use domain::ports::StoreError;

use crate::command::Each;
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use crate::tenant_store::place::Place;
use crate::tenant_store::unchanged::{ROOM, is_still, size};
use crate::tenant_store::usage::UsageDelta;

/// Overhead of a document in a command, in bytes.
const AROUND: usize = 1024;
/// ConversionFailure: the error with which an update reports that the document has changed since it
/// was read.
const CHANGED: i32 = 241;

/// The documents of a batch with the same id.
pub(super) struct Item<'a> {
    document: &'a Document,
    /// The stored form.
    fields: Fields,
    size: usize,
    /// Indexes of the documents in the batch.
    pub(super) at: Vec<usize>,
}

/// A document to be written.
pub(super) struct Work<'a> {
    pub(super) key: &'a str,
    item: &'a Item<'a>,
    /// The stored form, under the key of the document that it replaces.
    fields: Cow<'a, Fields>,
    /// The existing document.
    pub(super) found: Option<Fields>,
    /// The difference in usage.
    pub(super) growth: UsageDelta,
}

/// Outcome of a write.
pub(super) enum Done {
    Written,
    /// The id exists, or the existing document has changed since it was read.
    InTheWay,
    /// The collection does not exist.
    Moved,
    NotSent,
    Unknown(MongoError),
}

impl<'a> Item<'a> {
    pub(super) fn new(
        document: &'a Document,
        place: &Place<'_>,
        at: usize,
    ) -> Result<Self, StoreError> {
        let fields = place.encode(document)?;
        Ok(Self { document, size: size(&fields), fields, at: vec![at] })
    }

    /// A later document of the batch has the same id.
    pub(super) fn replace(
        &mut self,
        document: &'a Document,
        place: &Place<'_>,
        at: usize,
    ) -> Result<(), StoreError> {
        self.at.push(at);
        let at = std::mem::take(&mut self.at);
        *self = Self { at, ..Self::new(document, place, 0)? };
        Ok(())
    }
}

impl<'a> Work<'a> {
    pub(super) fn new(
        key: &'a str,
        item: &'a Item<'a>,
        found: Option<Fields>,
        place: &Place<'_>,
    ) -> Result<Self, StoreError> {
        let before = match &found {
            Some(found) => UsageDelta::of(Usage::of(&place.decode(found.clone())?)),
            None => UsageDelta::default(),
        };
        let growth = UsageDelta::of(Usage::of(item.document)).minus(before);
        let mut fields = Cow::Borrowed(&item.fields);
        if let Some(made @ Bson::ObjectId(_)) = found.as_ref().and_then(|found| found.get("_id")) {
            fields.to_mut().insert("_id", made);
        }
        Ok(Self { key, item, fields, found, growth })
    }

    /// The usage to reserve before the write. A decrease is counted after it.
    pub(super) fn reserved(&self) -> UsageDelta {
        self.growth.growing()
    }

    /// Size in a command, in bytes.
    fn size(&self) -> usize {
        self.item.size + self.found.as_ref().map_or(0, size) + AROUND
    }

    /// Whether the existing document consists of its key only: it is indistinguishable from one
    /// that an upsert creates.
    fn replaces_nothing(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.len() == 1)
    }
}

impl MongoStore {
    /// Inserts and replaces documents, and returns the outcome of each. Stops sending after a
    /// failed command.
    pub(super) async fn carry_out(&self, place: &Place<'_>, works: &[Work<'_>]) -> Vec<Done> {
        let mut done: Vec<Done> = works.iter().map(|_| Done::NotSent).collect();
        for chunk in chunks(works) {
            let part: Vec<&Work<'_>> = chunk.iter().filter_map(|at| works.get(*at)).collect();
            let command = command(place, &part);
            let outcome = match command {
                Ok(command) => self.write_each(self.at(place, command)).await,
                Err(error) => Err(MongoError::Unavailable(error.into())),
            };
            let told = told(outcome, part.len());
            let goes_on = told.iter().all(|done| matches!(done, Done::Written | Done::InTheWay));
            for (at, told) in chunk.into_iter().zip(told) {
                if let Some(done) = done.get_mut(at) {
                    *done = told;
                }
            }
            if !goes_on {
                break;
            }
        }
        done
    }
}

/// The indexes of the documents of each command: first the inserts, then the replacements.
fn chunks(works: &[Work<'_>]) -> Vec<Vec<usize>> {
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    for replaces in [false, true] {
        let (mut room, mut is_open) = (0, false);
        for (at, work) in works.iter().enumerate() {
            if work.found.is_some() != replaces {
                continue;
            }
            let alone = work.replaces_nothing();
            match chunks.last_mut() {
                Some(chunk) if is_open && !alone && work.size() <= room => chunk.push(at),
                _ => {
                    chunks.push(vec![at]);
                    room = ROOM;
                }
            }
            room = room.saturating_sub(work.size());
            is_open = !alone;
        }
    }
    chunks
}

fn command(place: &Place<'_>, works: &[&Work<'_>]) -> Result<Fields, StoreError> {
    let alone = works.len() == 1;
    let updates: Vec<Fields> =
        works.iter().filter_map(|work| Some(update(work, work.found.as_ref()?, alone))).collect();
    Ok(if updates.is_empty() {
        let documents: Vec<&Fields> = works.iter().map(|work| &*work.fields).collect();
        doc! { "insert": place.collection, "documents": documents, "ordered": false }
    } else {
        doc! { "update": place.collection, "updates": updates, "ordered": false }
    })
}

/// The update that replaces the document `found`. The server reports only how many updates of a
/// command matched; so an update that matches a changed document must fail, and so must one that
/// matches none: it would upsert, and the upserted document differs from `found`, too. The only
/// update of a command needs no failure: it simply matches nothing.
fn update(work: &Work<'_>, found: &Fields, alone: bool) -> Fields {
    let key = found.get("_id");
    let room = ROOM.saturating_sub(work.item.size);
    if alone {
        let only = doc! { "_id": key, "$expr": is_still(found, room) };
        return doc! { "q": only, "u": &*work.fields };
    }
    let text = match key {
        Some(Bson::ObjectId(_)) => doc! { "$toString": "$_id" }.into(),
        _ => Bson::from("$_id"),
    };
    let fails = doc! { "$toInt": { "$concat": ["changed: ", text] } };
    let next = doc! {
        "$cond": [is_still(found, room), { "$literal": &*work.fields }, fails],
    };
    doc! { "q": { "_id": key }, "u": [{ "$replaceWith": next }], "upsert": true }
}

/// The outcome of each of `count` documents of a command.
fn told(outcome: Result<Each, MongoError>, count: usize) -> Vec<Done> {
    let each = match outcome {
        Ok(each) => each,
        Err(fault) => return unsure(&fault, count),
    };
    let mut done: Vec<Done> = (0..count).map(|_| Done::Written).collect();
    if count == 1 && each.n == 0 {
        done = vec![Done::InTheWay];
    }
    for (at, code) in each.refused {
        if let Some(done) = done.get_mut(at) {
            *done = match (code, MongoError::of(code, format!("write refused with code {code}"))) {
                (CHANGED, _) | (_, MongoError::Duplicate) => Done::InTheWay,
                (_, MongoError::Missing) => Done::Moved,
                (_, fault) => Done::Unknown(fault),
            };
        }
    }
    done
}

/// The outcomes of the documents of a command that failed as a whole.
fn unsure(fault: &MongoError, count: usize) -> Vec<Done> {
    let done = |_| match fault {
        MongoError::Missing => Done::Moved,
        fault => Done::Unknown(MongoError::Unavailable(fault.to_string().into())),
    };
    (0..count).map(done).collect()
}
