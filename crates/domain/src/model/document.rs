//! Documents of tenants.

mod import;
pub(super) mod merge_patch;
pub(super) mod nesting;
mod new;
mod patch;
mod size;
mod storage;
mod tree;

pub use import::{Batch, ImportCounts, ImportMode, Imported};
pub use new::NewDocument;
pub use patch::DocumentPatch;
pub use size::DocumentLimit;
pub use storage::{Excess, StorageQuota, StorageQuotaChange, Usage};
pub use tree::DocumentTree;

use std::fmt;
use std::sync::{Arc, OnceLock};

use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{DocumentId, Invalid, InvalidAt};
use crate::model::document::nesting::Rules;

/// MongoDB's limits: 100 levels, and no key that it would interpret as an operator or a path.
const RULES: Rules = Rules { max_depth: 100, key: check_key };

/// A JSON object with an id, as a tenant stores it. The order of its members is preserved.
///
/// It holds the text and not a tree of values, which takes up to 90 times the memory (`[[0],[0]]`):
/// documents stay in memory while clients and stores are slow. Keep a [`Document::tree`] only while
/// its values are needed. Clones share the text.
#[derive(Clone)]
pub struct Document {
    id: DocumentId,
    /// The object in compact form, the id first: `{"_id":"x","a":1}`.
    json: Arc<str>,
    /// The offset in `json` of the members after the id, up to the end of the object.
    members: usize,
    tag: OnceLock<DocumentTag>,
}

impl Document {
    /// Maximum size in bytes of BSON: MongoDB's 16 MiB, minus a reserve for what a store adds to
    /// the id.
    const MAX_BSON: usize = DocumentLimit::MAX - 256;
    /// The member that contains the id.
    pub const ID: &str = "_id";

    /// Parses an object from a client; an object without `_id` gets the id from `new_id`.
    ///
    /// # Errors
    /// As [`NewDocument::parse`] and [`NewDocument::with_id`].
    pub fn parse(
        fields: Map<String, Value>,
        new_id: impl FnOnce() -> DocumentId,
    ) -> Result<Self, InvalidAt> {
        NewDocument::parse(fields)?.with_id(new_id)
    }

    /// Restores a stored document; `fields` contains everything except the id.
    #[must_use]
    pub fn stored(id: DocumentId, fields: &Map<String, Value>) -> Self {
        Self::compose(id, &serde_json::to_string(fields).unwrap_or_default())
    }

    /// Inserts an id before the `members` of an object: `{"a":1}`.
    fn compose(id: DocumentId, members: &str) -> Self {
        let mut json = Self::begin(&id);
        let members = members.strip_prefix('{').unwrap_or(members);
        json.reserve(1 + members.len());
        if members != "}" {
            json.push(',');
        }
        let begin = json.len();
        json.push_str(members);
        Self { id, json: json.into(), members: begin, tag: OnceLock::new() }
    }

    /// Parses the text of [`Document::json`], or any other object with an `_id`.
    ///
    /// # Errors
    /// When it is not JSON, or has no valid `_id`.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        let text = std::str::from_utf8(json).map_err(serde::de::Error::custom)?;
        let id = tree::id_in(text)?;
        let begin = Self::begin(&id);
        match text.strip_prefix(&begin).and_then(|rest| rest.bytes().next()) {
            Some(next @ (b',' | b'}')) => {
                let members = begin.len() + usize::from(next == b',');
                Ok(Self { id, json: text.into(), members, tag: OnceLock::new() })
            }
            _ => serde_json::from_str(text).map(|tree: DocumentTree| tree.to_document()),
        }
    }

    /// The text of a document up to the end of its id.
    fn begin(id: &DocumentId) -> String {
        format!("{{\"{}\":{}", Self::ID, Value::from(id.as_str()))
    }

    /// The document's id within its tenant.
    #[must_use]
    pub fn id(&self) -> &DocumentId {
        &self.id
    }

    /// The document as compact JSON, with its id.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Size in bytes of JSON, with the id.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.json.len() as u64
    }

    /// Parses the values of the document.
    #[must_use]
    pub fn tree(&self) -> DocumentTree {
        let mut fields: Map<String, Value> = serde_json::from_str(&self.json).unwrap_or_default();
        fields.shift_remove(Self::ID);
        DocumentTree::new(self.id.clone(), fields)
    }

    /// Hash of the content; computed on the first call.
    #[must_use]
    pub fn tag(&self) -> DocumentTag {
        let tag = self.tag.get_or_init(|| {
            let mut hash = Sha256::new();
            hash.update(self.id.as_str());
            hash.update([0]);
            hash.update("{");
            hash.update(&self.json[self.members..]);
            DocumentTag(BASE64URL_NOPAD.encode(&hash.finalize()[..16]))
        });
        tag.clone()
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.json == other.json
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json)
    }
}

/// A hash of a document's content: 128 bits of SHA-256 in base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentTag(String);

impl DocumentTag {
    /// Wraps a tag from a client; a tag that was never issued matches no document.
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
    /// For serializers that can't embed raw JSON text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.tree().serialize(serializer)
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
    fn the_id_is_chosen_by_the_client_or_generated() {
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
    fn reserved_keys_are_refused_with_their_pointer() {
        for key in ["$set", "a.b", "a\0"] {
            let refusal = parse(&json!({"list": [0, {key: 1}]})).unwrap_err();
            assert_eq!(refusal.pointer, format!("/list/1/{key}"));
            assert_eq!(refusal.invalid.code(), "invalid_key");
        }
    }

    #[test]
    fn nesting_is_limited_to_one_hundred_levels() {
        let deep = |levels| (1..levels).fold(json!({"a": 1}), |inner, _| json!({ "a": inner }));
        assert!(parse(&deep(100)).is_ok());
        assert_eq!(parse(&deep(101)).unwrap_err().invalid.code(), "too_deep");
    }

    #[test]
    fn a_document_survives_a_round_trip_and_its_tag_depends_on_the_content() {
        let document =
            parse(&json!({"z": 1, "_id": "x", "a": [1.5, u64::MAX, i64::MIN, "\0"]})).unwrap();
        let text = serde_json::to_string(&document).unwrap();
        assert_eq!(
            text,
            r#"{"_id":"x","z":1,"a":[1.5,18446744073709551615,-9223372036854775808,"\u0000"]}"#
        );
        let read = Document::from_json(text.as_bytes()).unwrap();
        assert_eq!(read, document);
        assert_eq!(read.tag(), document.tag());
        assert_ne!(parse(&json!({"_id": "x", "z": 2})).unwrap().tag(), document.tag());
    }

    #[test]
    fn a_document_keeps_its_compact_text() {
        for (text, compact) in [
            (r#"{"_id":"x"}"#, r#"{"_id":"x"}"#),
            (r#"{"_id":"a\"b","n":{"_id":1}}"#, r#"{"_id":"a\"b","n":{"_id":1}}"#),
            (r#"{ "_id": "x", "n": 1 }"#, r#"{"_id":"x","n":1}"#),
            (r#"{"n":1,"_id":"x"}"#, r#"{"_id":"x","n":1}"#),
        ] {
            let document = Document::from_json(text.as_bytes()).unwrap();
            assert_eq!(document.json(), compact);
            assert_eq!(document.size(), compact.len() as u64);
            let again = document.tree().to_document();
            assert_eq!((&again, again.tag()), (&document, document.tag()));
        }
        for wrong in [r#"{"n":1}"#, r#"{"_id":7}"#, r#"{"_id":"x","n":}"#, r#"{"_id":"x"} 1"#, "[]"]
        {
            assert!(Document::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Document::from_json(b"{\"_id\":\"x\",\"n\":\"\xff\"}").is_err());
    }

    /// Clients may keep tags indefinitely, so tags must not change with the server version.
    #[test]
    fn a_tag_is_a_hash_of_the_id_and_the_other_members() {
        let document = parse(&json!({"_id": "x", "z": 1})).unwrap();
        let hash = Sha256::digest(b"x\0{\"z\":1}");
        assert_eq!(document.tag().as_str(), BASE64URL_NOPAD.encode(&hash[..16]));
        let empty = parse(&json!({"_id": "x"})).unwrap();
        assert_eq!(empty.tag().as_str(), BASE64URL_NOPAD.encode(&Sha256::digest(b"x\0{}")[..16]));
    }
}
