//! Events as documents: their members as they are, and beside them the trail and the place that they are kept at. Times stay text: in this form, text sorts like time, and what is hashed comes back as it was.

use bson::{Bson, Document, doc};
use domain::model::{LoggedEvent, Seq, Trail};
use domain::ports::StoreError;

use crate::json::{from_document, to_document};
use crate::records;
use crate::schema::{PLACE, TRAIL};

/// `event` at the place `seq` of `trail`.
pub(super) fn to_stored(
    trail: &Trail,
    seq: Seq,
    event: &LoggedEvent,
) -> Result<Document, StoreError> {
    let key = key(trail, event.id().unwrap_or_default());
    let mut document = doc! { "_id": key, TRAIL: trail.key(), PLACE: records::place(seq) };
    document.extend(to_document(event.members())?);
    Ok(document)
}

/// The key of the event with this id: it is there once in its trail. No id has a space in it.
pub(super) fn key(trail: &Trail, id: &str) -> String {
    format!("{} {id}", trail.key())
}

/// An event as it lies there, whatever somebody did to it.
pub(super) fn from_stored(mut document: Document) -> LoggedEvent {
    for ours in ["_id", TRAIL, PLACE] {
        document.remove(ours);
    }
    LoggedEvent::new(from_document(document))
}

/// The place that a document is kept at; 0 of one that has none.
pub(super) fn place(document: &Document) -> i64 {
    match document.get(PLACE) {
        Some(Bson::Int32(place)) => i64::from(*place),
        Some(Bson::Int64(place)) => *place,
        _ => 0,
    }
}
