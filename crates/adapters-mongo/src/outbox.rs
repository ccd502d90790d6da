//! Outbox: events that are written together with a record wait in its document, in the field
//! [`OUTBOX`], until [`AuditLog::flush_outbox`] moves them to the log. The field is present only
//! while events wait.

use bson::{Bson, Document, doc};
use domain::model::{AuditEvent, Trail, Version};
use domain::ports::{AuditLog, StoreError, WriteError};
use mongodb::Collection;
use serde_json::Value;

use crate::call::{MAX_TIME, with_timeout};
use crate::json::{from_document, to_document};
use crate::mongo_error::MongoError;
use crate::records::{at_version, corrupt};
use crate::schema::{ADMINS, OUTBOX};
use crate::store::MongoStore;

/// Maximum number of events in the outbox of a record: a document has at most 16 MiB.
const MAX_EVENTS: usize = 1000;

/// Maximum attempts of a removal to empty an outbox that is refilled concurrently.
pub(crate) const ATTEMPTS: usize = 5;

impl MongoStore {
    /// Replaces the record of the same id with `next`, unless its version is not `expected`, and
    /// appends `events` to its outbox: one update. When the outbox is full, first flushes the trail
    /// `trail`, to which all of its events belong.
    pub(crate) async fn replace_record(
        &self,
        records: &Collection<Document>,
        next: Document,
        expected: Version,
        (events, trail): (&[AuditEvent], &Trail),
    ) -> Result<(), WriteError> {
        let at_version = at_version(next.get_str("_id").unwrap_or_default(), expected)?;
        let update = replacement(next, events)?;
        let mut with_room = at_version.clone();
        if !events.is_empty() {
            let last = MAX_EVENTS - events.len();
            with_room.insert(format!("{OUTBOX}.{last}"), doc! { "$exists": false });
        }
        for attempt in 0..2 {
            match with_timeout(records.update_one(with_room.clone(), update.clone())).await {
                Ok(updated) if updated.matched_count > 0 => return Ok(()),
                Ok(_) if events.is_empty() => return Err(WriteError::Stale),
                Ok(_) if !self.exists(records, &at_version).await? => {
                    return Err(WriteError::Stale);
                }
                Ok(_) | Err(MongoError::TooLarge) => {}
                Err(error) => return Err(error.into()),
            }
            if attempt == 0 && !events.is_empty() {
                self.flush_outbox(Some(trail)).await?;
            }
        }
        Err(StoreError::unavailable("the outbox of the record is full").into())
    }

    async fn exists(
        &self,
        records: &Collection<Document>,
        filter: &Document,
    ) -> Result<bool, StoreError> {
        self.read_after_election(|_| async {
            let find = records.find_one(filter.clone()).projection(doc! { "_id": 1 });
            Ok(with_timeout(find.max_time(MAX_TIME)).await?.is_some())
        })
        .await
    }
}

/// The update that replaces a document with `next`, keeps its outbox, and appends `events` to it.
fn replacement(next: Document, events: &[AuditEvent]) -> Result<Vec<Document>, StoreError> {
    let field = format!("${OUTBOX}");
    let outbox = doc! { "$ifNull": [&field, []] };
    let outbox = if events.is_empty() {
        doc! { "$cond": [{ "$eq": [outbox, []] }, "$$REMOVE", field] }
    } else {
        let events = events.iter().map(encode_event).collect::<Result<Vec<_>, _>>()?;
        doc! { "$concatArrays": [outbox, { "$literal": events }] }
    };
    let merged = doc! { "$mergeObjects": [{ "$literal": next }, { OUTBOX: outbox }] };
    Ok(vec![doc! { "$replaceWith": merged }])
}

/// Adds to `filter` that the outbox is empty.
pub(crate) fn with_empty_outbox(mut filter: Document) -> Document {
    filter.insert(format!("{OUTBOX}.0"), doc! { "$exists": false });
    filter
}

/// A record with a nonempty outbox.
pub(crate) struct Outbox {
    /// Its key.
    pub(crate) id: Bson,
    /// Its events, in the order in which they were written.
    pub(crate) events: Vec<AuditEvent>,
}

impl Outbox {
    /// The outbox of `document`, of `collection`: only events of its own organization.
    pub(crate) fn read(
        collection: &'static str,
        mut document: Document,
    ) -> Result<Self, StoreError> {
        let id = document.remove("_id").unwrap_or(Bson::Null);
        let outbox = match document.remove(OUTBOX) {
            Some(Bson::Array(outbox)) => outbox,
            None => Vec::new(),
            Some(_) => return Err(corrupt_outbox(collection, &id, OUTBOX.to_owned())),
        };
        let organization =
            if collection == ADMINS { document.get("organization_id") } else { Some(&id) };
        let trail = organization.and_then(Bson::as_str).unwrap_or_default();
        let read = |(index, event)| {
            decode_event(event)
                .filter(|event| !trail.is_empty() && event.trail.key() == trail)
                .ok_or_else(|| corrupt_outbox(collection, &id, format!("{OUTBOX}[{index}]")))
        };
        let events = outbox.into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
        Ok(Self { id, events })
    }

    /// The update that removes the events that were read here, and none that were added since.
    pub(crate) fn removal_update(&self) -> Document {
        let ids: Vec<&str> = self.events.iter().map(|event| event.id.as_str()).collect();
        let is_new = doc! { "$not": [{ "$in": ["$$this.id", { "$literal": ids }] }] };
        let rest = doc! { "$filter": { "input": format!("${OUTBOX}"), "cond": is_new } };
        let kept = doc! { "$cond": [{ "$eq": ["$$rest", []] }, "$$REMOVE", "$$rest"] };
        doc! {
            "q": { "_id": &self.id, OUTBOX: { "$exists": true } },
            "u": [{ "$set": { OUTBOX: { "$let": { "vars": { "rest": rest }, "in": kept } } } }],
        }
    }
}

fn corrupt_outbox(collection: &'static str, id: &Bson, field: String) -> StoreError {
    let id = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
    corrupt(collection, id, format!("{field}: not what it should be"))
}

fn encode_event(event: &AuditEvent) -> Result<Document, StoreError> {
    match serde_json::to_value(event).map_err(StoreError::unavailable)? {
        Value::Object(members) => to_document(&members),
        _ => Err(StoreError::unavailable("an event is not an object")),
    }
}

fn decode_event(event: Bson) -> Option<AuditEvent> {
    let Bson::Document(event) = event else { return None };
    serde_json::from_value(Value::Object(from_document(event))).ok()
}
