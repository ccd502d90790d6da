//! Client-defined metadata of an organization.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::document::merge_patch::merge;
use crate::model::document::nesting::Rules;
use crate::model::{Invalid, InvalidAt};

/// A JSON object defined by the client: at most 16 KiB, nested at most 8 levels deep. It holds the
/// text, as a document does: records are cached in memory, and a tree of values takes up to 90
/// times as much.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata(Arc<str>);

/// A merge patch (RFC 7396) for [`Metadata`]: `null` removes a member, an object merges.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataPatch(Map<String, Value>);

impl Metadata {
    /// Maximum size in bytes of JSON.
    pub const MAX_BYTES: usize = 16 * 1024;
    const RULES: Rules = Rules { max_depth: 8, key: check_key };

    /// Checks size, depth and keys.
    ///
    /// # Errors
    /// Over 16 KiB of JSON, over 8 levels, or a NUL in a key.
    pub fn parse(members: Map<String, Value>) -> Result<Self, InvalidAt> {
        Self::RULES.check(&members)?;
        let metadata = Self::stored(&members);
        if metadata.0.len() > Self::MAX_BYTES {
            return Err(Invalid::TooLarge { max: Self::MAX_BYTES }.into());
        }
        Ok(metadata)
    }

    /// Merges `patch` into this metadata.
    ///
    /// # Errors
    /// As [`Metadata::parse`], for the result.
    pub fn merged(&self, patch: &MetadataPatch) -> Result<Self, InvalidAt> {
        let mut members = self.members();
        merge(&mut members, patch.0.clone());
        Self::parse(members)
    }

    fn stored(members: &Map<String, Value>) -> Self {
        Self(serde_json::to_string(members).unwrap_or_default().into())
    }

    fn members(&self) -> Map<String, Value> {
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Default for Metadata {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.members().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|members| Self::stored(&members))
    }
}

impl MetadataPatch {
    /// Maximum size in bytes of JSON, removals included.
    pub const MAX_BYTES: usize = 4 * Metadata::MAX_BYTES;

    /// Builds a patch; the result is validated when it is merged.
    ///
    /// # Errors
    /// Over 64 KiB of JSON.
    pub fn parse(members: Map<String, Value>) -> Result<Self, InvalidAt> {
        if serde_json::to_string(&members).unwrap_or_default().len() > Self::MAX_BYTES {
            return Err(Invalid::TooLarge { max: Self::MAX_BYTES }.into());
        }
        Ok(Self(members))
    }
}

fn check_key(key: &str) -> Result<(), Invalid> {
    if key.contains('\0') { Err(Invalid::Key("a key must not contain NUL")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn metadata_merges_like_the_examples_of_rfc_7396() {
        for (target, patch, result) in [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ] {
            let (target, patch) = (members(target), MetadataPatch::parse(members(patch)).unwrap());
            let merged = Metadata::parse(target).unwrap().merged(&patch).unwrap();
            assert_eq!(json!(merged), result);
        }
    }

    #[test]
    fn bounds_are_enforced_with_a_pointer() {
        let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "a/b": inner }));
        assert!(Metadata::parse(members(deep(8))).is_ok());
        let refusal = Metadata::parse(members(deep(9))).unwrap_err();
        assert_eq!(refusal.pointer, "/a~1b".repeat(8));
        let large = json!({ "text": "x".repeat(Metadata::MAX_BYTES) });
        assert_eq!(Metadata::parse(members(large)).unwrap_err().invalid.code(), "too_large");
        let large = json!({ "text": "x".repeat(MetadataPatch::MAX_BYTES) });
        assert_eq!(MetadataPatch::parse(members(large)).unwrap_err().invalid.code(), "too_large");
    }
}
