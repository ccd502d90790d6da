//! Projections: the selected fields of a document.

use serde_json::{Map, Value};

use crate::model::{Document, FieldPath, Invalid};

/// Fields to return of documents, in addition to the id. Inside of an array they apply to all of
/// its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection(Vec<FieldPath>);

impl Projection {
    /// Maximum number of fields.
    pub const MAX_FIELDS: usize = 64;

    /// Parses comma-separated paths.
    ///
    /// # Errors
    /// The problem of the first invalid path; also too many paths.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.split(',').count() > Self::MAX_FIELDS {
            return Err(Invalid::Format("must name at most 64 fields"));
        }
        text.split(',').map(FieldPath::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Applies the projection to `document`.
    #[must_use]
    pub fn of(&self, document: &Document) -> Document {
        let paths: Vec<Vec<&str>> = self.0.iter().map(|path| path.parts().collect()).collect();
        let paths: Vec<&[&str]> = paths.iter().map(Vec::as_slice).collect();
        Document::stored(document.id().clone(), &shown(document.tree().fields(), &paths))
    }
}

/// The members that `paths` select, in their original order.
fn shown(members: &Map<String, Value>, paths: &[&[&str]]) -> Map<String, Value> {
    let mut found = Map::new();
    for (name, value) in members {
        let below: Vec<&[&str]> = paths
            .iter()
            .filter_map(|path| path.split_first())
            .filter_map(|(first, rest)| (first == name).then_some(rest))
            .collect();
        let whole = below.iter().any(|rest| rest.is_empty());
        if whole {
            found.insert(name.clone(), value.clone());
        } else if let Some(value) = part(value, &below) {
            found.insert(name.clone(), value);
        }
    }
    found
}

/// The part of a value that `paths` select; none when the value has no members.
fn part(value: &Value, paths: &[&[&str]]) -> Option<Value> {
    match value {
        _ if paths.is_empty() => None,
        Value::Object(members) => Some(Value::Object(shown(members, paths))),
        Value::Array(items) => {
            Some(Value::Array(items.iter().filter_map(|item| part(item, paths)).collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::DocumentId;

    #[test]
    fn a_projection_keeps_the_named_fields_and_the_id() {
        let Value::Object(fields) = json!({
            "z": 1, "a": {"b": 2, "c": 3}, "list": [{"b": 1, "c": 2}, 7, [{"b": 3}]], "d": {"e": 1},
        }) else {
            panic!()
        };
        let document = Document::stored(DocumentId::parse("1").unwrap(), &fields);
        for (fields, expected) in [
            ("a", json!({"_id": "1", "a": {"b": 2, "c": 3}})),
            ("a.b,z", json!({"_id": "1", "z": 1, "a": {"b": 2}})),
            ("a,a.b", json!({"_id": "1", "a": {"b": 2, "c": 3}})),
            ("list.b", json!({"_id": "1", "list": [{"b": 1}, [{"b": 3}]]})),
            ("d.x,z.y,missing,_id", json!({"_id": "1", "d": {}})),
        ] {
            let shown = Projection::parse(fields).unwrap().of(&document);
            assert_eq!(json!(shown), expected, "{fields}");
        }
        for wrong in ["", "a,", "$a", &["a"; 65].join(",")] {
            assert!(Projection::parse(wrong).is_err(), "{wrong}");
        }
    }
}
