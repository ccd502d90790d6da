//! Stored form of events: their members unchanged, with the trail and the position beside them.
//! Times stay text: in this form, text sorts like time, and the hashed content is preserved
//! exactly.

use bson::{Bson, Document, doc};
use domain::model::{LoggedEvent, Seq, Trail};
use domain::ports::StoreError;

use crate::json::{from_document, to_document};
use crate::records::stored_position;
use crate::schema::{POSITION, TRAIL};

/// The stored form of `event` at the position `seq` of `trail`.
pub(super) fn to_stored(
    trail: &Trail,
    seq: Seq,
    event: &LoggedEvent,
) -> Result<Document, StoreError> {
    let key = key(trail, event.id().unwrap_or_default());
    let mut document = doc! { "_id": key, TRAIL: trail.key(), POSITION: stored_position(seq) };
    document.extend(to_document(event.members())?);
    Ok(document)
}

/// The key of the event with this id, unique in its trail. No id contains a space.
pub(super) fn key(trail: &Trail, id: &str) -> String {
    format!("{} {id}", trail.key())
}

/// A stored event, whatever an administrator of the database did to it.
pub(super) fn from_stored(mut document: Document) -> LoggedEvent {
    for field in ["_id", TRAIL, POSITION] {
        document.remove(field);
    }
    LoggedEvent::new(from_document(document))
}

/// The position of a document; 0 if it has none.
pub(super) fn position(document: &Document) -> i64 {
    match document.get(POSITION) {
        Some(Bson::Int32(position)) => i64::from(*position),
        Some(Bson::Int64(position)) => *position,
        _ => 0,
    }
}
