//! Condition that a document is unchanged since it was read.
//!
//! The command contains the document as it was read and its replacement, and the server compares
//! the former with the current one. A command has at most 16 MiB and 16 KiB. If both don't fit, the
//! condition compares as many fields as fit, small ones first, and of the others only the total
//! size. A concurrent change is lost, and the size in JSON may be counted wrong, if all of this
//! holds: the document is large, the change affects large fields only, and the size in BSON stays
//! the same.

use bson::{Bson, Document as Fields, doc};

/// Maximum size of a command (`BSONObjMaxInternalSize` of the server).
const MAX_COMMAND_BYTES: usize = 16 * 1024 * 1024 + 16 * 1024;
/// Size of a command without its documents.
const COMMAND_OVERHEAD: usize = 4 * 1024;
/// Overhead of the comparison of a field, without its name and value.
const COMPARISON_OVERHEAD: usize = 160;

/// Size in bytes of BSON.
pub(super) fn bson_size(fields: &Fields) -> usize {
    bson::serialize_to_vec(fields).map_or(MAX_COMMAND_BYTES, |bytes| bytes.len())
}

/// Maximum total size of the documents in a command.
pub(super) const MAX_DOCUMENTS_BYTES: usize = MAX_COMMAND_BYTES - COMMAND_OVERHEAD;

/// An expression that is true for a document that still equals `found`, of at most about `room`
/// bytes.
pub(super) fn is_unchanged(found: &Fields, room: usize) -> Fields {
    let size = bson_size(found);
    let mut all = vec![Bson::from(doc! {
        "$eq": [{ "$bsonSize": "$$ROOT" }, i64::try_from(size).unwrap_or(i64::MAX)],
    })];
    if size <= room {
        all.push(doc! { "$eq": ["$$ROOT", { "$literal": found }] }.into());
    } else {
        all.extend(some_fields(found, room));
    }
    doc! { "$and": all }
}

fn some_fields(found: &Fields, room: usize) -> Vec<Bson> {
    let sized = |(key, value): (&String, &Bson)| {
        let value = doc! { "": value.clone() };
        (bson_size(&value) + key.len() + COMPARISON_OVERHEAD, key.clone(), value)
    };
    let mut fields: Vec<_> = found.iter().map(sized).collect();
    fields.sort_by_key(|(size, ..)| *size);
    let mut left = room;
    let mut compared = Vec::new();
    for (size, key, mut value) in fields {
        let Some(rest) = left.checked_sub(size) else { break };
        left = rest;
        let present = doc! { "$getField": { "field": { "$literal": key }, "input": "$$ROOT" } };
        let expected = value.remove("").unwrap_or(Bson::Null);
        compared.push(doc! { "$eq": [present, { "$literal": expected }] }.into());
    }
    compared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::new_store;

    /// Enough space to compare the small fields, but not a large one.
    const FEW_BYTES: usize = 1000;

    #[tokio::test]
    async fn condition_matches_unchanged_documents_only() {
        let (store, database) = new_store().await;
        let documents = database.database().collection::<Fields>("documents");
        let text = |n| "x".repeat(n);
        let found = doc! { "_id": "x", "": 1, "a.b": { "$c": [1.5, { "d": Bson::Null }] }, "text": text(5000) };
        let with = |key: &str, value: Bson| {
            let mut other = found.clone();
            other.insert(key, value);
            other
        };
        // The last one differs in a field that is not compared.
        for (present, expected) in [
            (found.clone(), [1, 1]),
            (with("", 2.into()), [0, 0]),
            (with("", 1_i64.into()), [0, 0]),
            (with("a.b", doc! { "$c": [1.5, { "e": Bson::Null }] }.into()), [0, 0]),
            (with("text", text(5001).into()), [0, 0]),
            (with("more", 1.into()), [0, 0]),
            (with("text", "y".repeat(5000).into()), [0, 1]),
        ] {
            documents.delete_many(doc! {}).await.unwrap();
            documents.insert_one(&present).await.unwrap();
            for (room, expected) in [MAX_DOCUMENTS_BYTES, FEW_BYTES].into_iter().zip(expected) {
                let filter = doc! { "_id": "x", "$expr": is_unchanged(&found, room) };
                let update = doc! { "q": filter, "u": &present };
                let update = doc! { "update": "documents", "updates": [update] };
                assert_eq!(store.write(update).await.unwrap(), expected, "{room} {present}");
            }
        }
    }

    #[test]
    fn condition_fits_into_the_given_room() {
        let fields = (0..1000).map(|n| (format!("field-{n}"), Bson::from("x".repeat(n))));
        let found: Fields = fields.collect();
        for room in [0, 1000, 100_000, 1_000_000] {
            let expression = is_unchanged(&found, room);
            assert!(bson_size(&expression) < room + 500, "{room}");
        }
    }
}
