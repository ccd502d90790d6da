//! Events as documents: their members, with `id` as `_id`, and beside them the trail and the place that they are
//! kept at. Times stay text: in this form, text sorts like time, and what is hashed comes back as it was.

use bson::{Bson, Document, doc};
use domain::model::{LoggedEvent, Seq, Trail};
use domain::ports::StoreError;

use crate::json::{from_document, to_document};
use crate::records::integer;
use crate::schema::{PLACE, TRAIL};

/// `event` at the place `seq` of `trail`.
pub(super) fn to_stored(
    trail: &Trail,
    seq: Seq,
    event: &LoggedEvent,
) -> Result<Document, StoreError> {
    let mut members = to_document(event.members())?;
    let id = members.remove("id").unwrap_or(Bson::Null);
    let mut document = doc! { "_id": id, TRAIL: trail.key(), PLACE: integer(seq.get())? };
    document.extend(members);
    Ok(document)
}

/// An event as it lies there, whatever somebody did to it.
pub(super) fn from_stored(mut document: Document) -> LoggedEvent {
    document.remove(TRAIL);
    document.remove(PLACE);
    let mut members = from_document(document);
    // Where somebody added an `id`, the event is not what it was, and has to look like it.
    if !members.contains_key("id")
        && let Some(id) = members.shift_remove("_id")
    {
        members.shift_insert(0, "id".to_owned(), id);
    }
    LoggedEvent::new(members)
}

/// The place that a document is kept at; 0 of one that has none.
pub(super) fn place(document: &Document) -> i64 {
    match document.get(PLACE) {
        Some(Bson::Int32(place)) => i64::from(*place),
        Some(Bson::Int64(place)) => *place,
        _ => 0,
    }
}
