//! Sort orders of documents, and positions in them.

mod room;

pub use room::PositionTooLarge;

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::query::value_order::compare;
use crate::model::{Document, DocumentId, DocumentTree, FieldPath, Filter, Invalid};
use room::Room;

/// One sort key of a document list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Path to the value.
    pub path: FieldPath,
    /// Whether the order is descending.
    pub descending: bool,
}

/// A sort order of documents: by these values, and then by the id, so that no two documents have
/// the same position.
///
/// A value is what MongoDB's expression `$a.b` gives: inside of an array, the values of all its
/// objects. It is compared as a whole, across types (MongoDB manual, "Comparison/Sort Order"); a
/// missing value compares like null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sort(Vec<SortKey>);

impl fmt::Display for Sort {
    /// The format that [`Sort::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let sign = if key.descending { "-" } else { "" };
            write!(f, "{comma}{sign}{}", key.path)?;
        }
        Ok(())
    }
}

/// Position of a document in a sort order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The values of the sort keys.
    pub values: Vec<Value>,
    /// Id of the document.
    pub id: DocumentId,
}

impl Position {
    /// Maximum size of all values of a position, in bytes of BSON: they fit into a cursor, and a
    /// store can hold those of a page.
    pub const MAX_BYTES: usize = 4096;
}

/// Query for documents: filter, sort order and start position.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DocumentQuery {
    /// Only documents that match.
    pub filter: Filter,
    /// Sort order.
    pub sort: Sort,
    /// Only documents after this position.
    pub after: Option<Position>,
}

impl DocumentQuery {
    /// All documents, ordered by id, beginning with the first one after `after`.
    #[must_use]
    pub fn by_id(after: Option<&DocumentId>) -> Self {
        let after = after.map(|id| Position { values: Vec::new(), id: id.clone() });
        Self { after, ..Self::default() }
    }
}

impl Sort {
    /// Maximum number of sort keys.
    pub const MAX_KEYS: usize = 8;

    /// Parses comma-separated paths; a leading `-` means descending.
    ///
    /// # Errors
    /// The problem of the first invalid path; also too many paths, and paths after `_id`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut keys: Vec<SortKey> = Vec::new();
        for part in text.split(',') {
            // Checked before paths are compared with each other: there may be tens of thousands.
            if keys.len() == Self::MAX_KEYS {
                return Err(Invalid::Format("must name at most 8 paths"));
            }
            let (path, descending) =
                part.strip_prefix('-').map_or((part, false), |rest| (rest, true));
            let path = FieldPath::parse(path)?;
            if keys.iter().any(|key| key.path == path) {
                return Err(Invalid::Format("must name a path only once"));
            }
            if keys.last().is_some_and(|last| last.path.as_str() == Document::ID) {
                return Err(Invalid::Format("must not name a path after `_id`, which decides"));
            }
            keys.push(SortKey { path, descending });
        }
        Ok(Self(keys))
    }

    /// The sort keys.
    #[must_use]
    pub fn keys(&self) -> &[SortKey] {
        &self.0
    }

    /// Whether the order is by id only.
    #[must_use]
    pub fn is_by_id(&self) -> bool {
        self.0.is_empty()
    }

    /// The position of `document` in this order.
    ///
    /// # Errors
    /// When the values are larger than [`Position::MAX_BYTES`]; they are not copied then.
    pub fn position(&self, document: &DocumentTree) -> Result<Position, PositionTooLarge> {
        let mut room = Room::new();
        let value = |key: &SortKey| value_at(document, &key.path, &mut room);
        let values = self.0.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Position { values, id: document.id().clone() })
    }

    /// Compares two positions.
    #[must_use]
    pub fn compare(&self, one: &Position, other: &Position) -> Ordering {
        let values = one.values.iter().zip(&other.values).zip(&self.0);
        let mut orders = values.map(|((one, other), key)| {
            let order = compare(one, other);
            if key.descending { order.reverse() } else { order }
        });
        let by_value = orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        by_value.then_with(|| one.id.cmp(&other.id))
    }
}

fn value_at(
    document: &DocumentTree,
    path: &FieldPath,
    room: &mut Room,
) -> Result<Value, PositionTooLarge> {
    let mut parts = path.parts();
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let found = if first == Document::ID {
        // The size does not count: the id has a bounded length, and every position contains it.
        rest.is_empty().then(|| Value::String(document.id().to_string()))
    } else {
        let found = document.fields().get(first).map(|value| below(value, &rest, room));
        found.transpose()?.flatten()
    };
    Ok(found.unwrap_or_default())
}

fn below(value: &Value, rest: &[&str], room: &mut Room) -> Result<Option<Value>, PositionTooLarge> {
    match (value, rest) {
        (value, []) => room.copy(value).map(Some),
        (Value::Object(members), _) => inside(members, rest, room),
        (Value::Array(items), _) => {
            room.begin()?;
            let mut found = Vec::new();
            for members in items.iter().filter_map(Value::as_object) {
                if let Some(value) = inside(members, rest, room)? {
                    room.item(found.len())?;
                    found.push(value);
                }
            }
            Ok(Some(Value::Array(found)))
        }
        _ => Ok(None),
    }
}

fn inside(
    members: &Map<String, Value>,
    path: &[&str],
    room: &mut Room,
) -> Result<Option<Value>, PositionTooLarge> {
    let Some((name, rest)) = path.split_first() else { return Ok(None) };
    members.get(*name).map_or(Ok(None), |value| below(value, rest, room))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(id: &str, mut fields: Value) -> DocumentTree {
        fields["_id"] = id.into();
        let Value::Object(fields) = fields else { panic!() };
        Document::parse(fields, || DocumentId::parse("made").unwrap()).unwrap().tree()
    }

    #[test]
    fn a_sort_has_paths_and_directions() {
        let sort = Sort::parse("-a.b,c,_id").unwrap();
        let found: Vec<_> =
            sort.keys().iter().map(|key| (key.path.as_str(), key.descending)).collect();
        assert_eq!(found, [("a.b", true), ("c", false), ("_id", false)]);
        for wrong in
            ["", "a,", "a,,b", "-", "a..b", "$a", "a.$b", "a,-a", "_id,a", "a,b,c,d,e,f,g,h,i"]
        {
            assert!(Sort::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sort_values_follow_aggregation_expressions() {
        for (fields, expected) in [
            (json!({}), json!(null)),
            (json!({"a": 1}), json!(null)),
            (json!({"a": {"b": [1, 2]}}), json!([1, 2])),
            (json!({"a": [{"b": 1}, {"c": 2}, 3, [{"b": 4}], {"b": null}]}), json!([1, null])),
            (json!({"a": {"0": {"b": 1}}}), json!(null)),
            (json!({"a": []}), json!([])),
        ] {
            let path = FieldPath::parse("a.b").unwrap();
            let found = value_at(&document("1", fields.clone()), &path, &mut Room::new());
            assert_eq!(found, Ok(expected), "{fields}");
        }
    }

    #[test]
    fn equal_values_are_sorted_by_id() {
        let sort = Sort::parse("-n").unwrap();
        let mut documents = [
            document("a", json!({"n": 1})),
            document("c", json!({"n": 2.0})),
            document("b", json!({"n": 2})),
            document("d", json!({})),
            document("e", json!({"n": "x"})),
        ];
        let position = |document: &DocumentTree| sort.position(document).unwrap();
        documents.sort_by(|a, b| sort.compare(&position(a), &position(b)));
        let ids: Vec<_> = documents.iter().map(|it| it.id().as_str()).collect();
        assert_eq!(ids, ["e", "b", "c", "a", "d"]);
    }

    #[test]
    fn the_total_size_of_sort_values_is_bounded() {
        let sort = Sort::parse("a.b,a").unwrap();
        // A text has 5 bytes of overhead, and so has the object around it, with 3 for the name.
        let text = (Position::MAX_BYTES - 5 - 8 - 5) / 2;
        let with = |length| document("1", json!({"a": {"b": "x".repeat(length)}}));
        assert!(sort.position(&with(text)).is_ok());
        assert_eq!(sort.position(&with(text + 1)), Err(PositionTooLarge));
    }

    #[test]
    fn the_total_size_of_many_small_values_is_bounded() {
        let sort = Sort::parse("a.b").unwrap();
        let many = |count| document("1", json!({"a": vec![json!({"b": null}); count]}));
        // Two bytes and the digits of the index for each: 10 * 3 + 90 * 4 + 740 * 5 = 4090, and 5
        // for the list.
        assert!(sort.position(&many(840)).is_ok());
        assert_eq!(sort.position(&many(841)), Err(PositionTooLarge));
    }
}
