//! What a client attaches to its organization.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::merge_patch::merge;
use super::nesting::Rules;
use super::{Invalid, InvalidAt};

/// A JSON object of the client's own: at most 16 KiB, nested at most 8 levels deep.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metadata(Map<String, Value>);

/// A merge patch (RFC 7396) for [`Metadata`]: `null` removes a member, an object is merged.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataPatch(Map<String, Value>);

impl Metadata {
    /// The greatest size in bytes of JSON.
    pub const MAX_BYTES: usize = 16 * 1024;
    const RULES: Rules = Rules { max_depth: 8, key: check_key };

    /// Checks size, depth and keys.
    ///
    /// # Errors
    /// Over 16 KiB of JSON, over 8 levels, or a NUL in a key.
    pub fn parse(members: Map<String, Value>) -> Result<Self, InvalidAt> {
        Self::RULES.check(&members)?;
        let metadata = Self(members);
        if metadata.size() > Self::MAX_BYTES {
            return Err(Invalid::TooLarge { max: Self::MAX_BYTES }.into());
        }
        Ok(metadata)
    }

    /// This metadata with `patch` merged in.
    ///
    /// # Errors
    /// As [`Metadata::parse`], for the result.
    pub fn merged(&self, patch: &MetadataPatch) -> Result<Self, InvalidAt> {
        let mut members = self.0.clone();
        merge(&mut members, &patch.0);
        Self::parse(members)
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    fn size(&self) -> usize {
        serde_json::to_vec(&self.0).map_or(usize::MAX, |json| json.len())
    }
}

impl MetadataPatch {
    /// A patch; what it leads to is checked when it is merged.
    #[must_use]
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
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
    fn merges_as_the_examples_of_rfc_7396() {
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
            let merged =
                Metadata(members(target)).merged(&MetadataPatch::new(members(patch))).unwrap();
            assert_eq!(Value::Object(merged.0), result);
        }
    }

    #[test]
    fn bounds_hold_and_name_the_place() {
        let deep = |levels| (0..levels).fold(json!(1), |inner, _| json!({ "a/b": inner }));
        assert!(Metadata::parse(members(deep(8))).is_ok());
        let refusal = Metadata::parse(members(deep(9))).unwrap_err();
        assert_eq!(refusal.pointer, "/a~1b".repeat(8));
        let large = json!({ "text": "x".repeat(Metadata::MAX_BYTES) });
        assert_eq!(Metadata::parse(members(large)).unwrap_err().invalid.code(), "too_large");
    }
}
