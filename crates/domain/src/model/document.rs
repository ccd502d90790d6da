//! Documents of tenants.

mod import;
mod size;

pub use import::{Batch, ImportCounts, ImportMode, Imported};
pub use size::DocumentLimit;

use data_encoding::BASE64URL_NOPAD;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::merge_patch::merge;
use super::nesting::Rules;
use super::{DocumentId, Invalid, InvalidAt};

/// MongoDB's own limits: 100 levels, and no key that it would take for an operator or a path.
const RULES: Rules = Rules { max_depth: 100, key: check_key };

/// A JSON object with an id, as a tenant keeps it. The order of its members is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    id: DocumentId,
    fields: Map<String, Value>,
}

impl Document {
    /// The greatest size in bytes of BSON: MongoDB's 16 MiB, without a little for what a store adds to the id.
    const MAX_BSON: usize = DocumentLimit::MAX - 256;
    /// The member that has the id.
    pub const ID: &str = "_id";

    /// Takes an object as a client sent it; one without an `_id` gets the one that `new_id` makes.
    ///
    /// # Errors
    /// An `_id` that is not text of 1 to 128 characters, a key that starts with `$` or contains `.` or
    /// NUL (MongoDB manual, "Field Names"), or more than 100 levels, each with its place; and what would be more than
    /// 16 MiB of BSON.
    pub fn parse(
        mut fields: Map<String, Value>,
        new_id: impl FnOnce() -> DocumentId,
    ) -> Result<Self, InvalidAt> {
        let id = match fields.shift_remove(Self::ID) {
            None => new_id(),
            Some(Value::String(text)) => DocumentId::parse(text)
                .map_err(|invalid| InvalidAt::from(invalid).below(Self::ID))?,
            Some(_) => {
                return Err(InvalidAt::from(Invalid::Format("must be a string")).below(Self::ID));
            }
        };
        RULES.check(&fields)?;
        if size::bson(&fields) + id.as_str().len() > Self::MAX_BSON {
            return Err(Invalid::TooLargeAsBson { max: Self::MAX_BSON }.into());
        }
        Ok(Self { id, fields })
    }

    /// A document as a store kept it, with everything but the id in `fields`.
    #[must_use]
    pub fn stored(id: DocumentId, fields: Map<String, Value>) -> Self {
        Self { id, fields }
    }

    /// This document with `patch` merged in (RFC 7396): a member that is null is removed.
    ///
    /// # Errors
    /// As [`Document::parse`], for the result, which is within `limit`; and another `_id`.
    pub fn merged(
        &self,
        patch: &Map<String, Value>,
        limit: DocumentLimit,
    ) -> Result<Self, InvalidAt> {
        let other_id = |id: &Value| id.as_str() != Some(self.id.as_str());
        if patch.get(Self::ID).is_some_and(other_id) {
            return Err(Invalid::Format("must be that of the document").at("/_id"));
        }
        let mut fields = self.fields.clone();
        merge(&mut fields, patch);
        fields.shift_remove(Self::ID);
        let merged = Self::parse(fields, || self.id.clone())?;
        if merged.size() > limit.bytes() as u64 {
            Err(Invalid::TooLarge { max: limit.bytes() }.into())
        } else {
            Ok(merged)
        }
    }

    /// The document's id within its tenant.
    #[must_use]
    pub fn id(&self) -> &DocumentId {
        &self.id
    }

    /// Everything but the id.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// How many bytes of JSON it is, with its id.
    #[must_use]
    pub fn size(&self) -> u64 {
        size::json(self)
    }

    /// What tells this content from any other.
    #[must_use]
    pub fn tag(&self) -> DocumentTag {
        let mut hash = Sha256::new();
        hash.update(self.id.as_str());
        hash.update([0]);
        hash.update(serde_json::to_vec(&self.fields).unwrap_or_default());
        DocumentTag(BASE64URL_NOPAD.encode(&hash.finalize()[..16]))
    }
}

/// A hash of a document's content: 128 bits of SHA-256 in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentTag(String);

impl DocumentTag {
    /// A tag as a client sent it back; one that was never given out matches no document.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.fields.len() + 1))?;
        object.serialize_entry(Self::ID, &self.id)?;
        for (key, value) in &self.fields {
            object.serialize_entry(key, value)?;
        }
        object.end()
    }
}

impl<'de> Deserialize<'de> for Document {
    /// Reads what was stored: an object with its `_id`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let id = fields.shift_remove(Self::ID).ok_or_else(|| de::Error::missing_field(Self::ID))?;
        let id = DocumentId::deserialize(id).map_err(de::Error::custom)?;
        Ok(Self { id, fields })
    }
}

fn check_key(key: &str) -> Result<(), Invalid> {
    if key.starts_with('$') {
        Err(Invalid::Key("a key must not start with `$`"))
    } else if key.contains('.') {
        Err(Invalid::Key("a key must not contain `.`"))
    } else if key.contains('\0') {
        Err(Invalid::Key("a key must not contain NUL"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value) -> Result<Document, InvalidAt> {
        let made = || DocumentId::parse("made").unwrap();
        Document::parse(value.as_object().unwrap().clone(), made)
    }

    #[test]
    fn the_id_is_the_clients_or_made() {
        assert_eq!(parse(&json!({"a": 1})).unwrap().id().as_str(), "made");
        assert_eq!(parse(&json!({"_id": "Ä/\0", "a": 1})).unwrap().id().as_str(), "Ä/\0");
        for id in [
            json!(7),
            json!(null),
            json!(""),
            json!("."),
            json!(".."),
            json!("export"),
            json!("x".repeat(129)),
            json!({}),
        ] {
            assert_eq!(parse(&json!({ "_id": id })).unwrap_err().pointer, "/_id");
        }
    }

    #[test]
    fn keys_that_mean_something_else_are_refused_with_their_place() {
        for key in ["$set", "a.b", "a\0"] {
            let refusal = parse(&json!({"list": [0, {key: 1}]})).unwrap_err();
            assert_eq!(refusal.pointer, format!("/list/1/{key}"));
            assert_eq!(refusal.invalid.code(), "invalid_key");
        }
    }

    #[test]
    fn nesting_ends_at_one_hundred_levels() {
        let deep = |levels| (1..levels).fold(json!({"a": 1}), |inner, _| json!({ "a": inner }));
        assert!(parse(&deep(100)).is_ok());
        assert_eq!(parse(&deep(101)).unwrap_err().invalid.code(), "too_deep");
    }

    #[test]
    fn a_document_is_read_as_it_was_written_and_its_tag_follows_the_content() {
        let document =
            parse(&json!({"z": 1, "_id": "x", "a": [1.5, u64::MAX, i64::MIN, "\0"]})).unwrap();
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"_id":"x","z":1,"a":[1.5,18446744073709551615,-9223372036854775808,"\u0000"]}"#
        );
        let read: Document = serde_json::from_str(&text).unwrap();
        assert_eq!(read, document);
        assert_eq!(read.tag(), document.tag());
        assert_ne!(parse(&json!({"_id": "x", "z": 2})).unwrap().tag(), document.tag());
    }
}
