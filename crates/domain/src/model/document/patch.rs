//! Merge patches for documents (RFC 7396).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Document, DocumentLimit};
use crate::model::document::merge_patch::merge;
use crate::model::{Invalid, InvalidAt};

/// A merge patch (RFC 7396) for a document: a null member removes, an object merges. It holds the
/// text, like a document; clones share it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPatch(Arc<str>);

impl DocumentPatch {
    /// Builds a patch with these members; the result is validated when it is merged.
    #[must_use]
    pub fn new(members: &Map<String, Value>) -> Self {
        Self(serde_json::to_string(members).unwrap_or_default().into())
    }

    /// Size in bytes of JSON.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

impl Document {
    /// Merges `patch` into this document.
    ///
    /// # Errors
    /// As [`Document::parse`], for the result, which must be within `limit`; also when the patch
    /// changes `_id`.
    pub fn merged(&self, patch: &DocumentPatch, limit: DocumentLimit) -> Result<Self, InvalidAt> {
        let mut patch: Map<String, Value> = serde_json::from_str(&patch.0).unwrap_or_default();
        let id = patch.shift_remove(Self::ID);
        if id.is_some_and(|id| id.as_str() != Some(self.id().as_str())) {
            return Err(Invalid::Format("must be that of the document").at("/_id"));
        }
        let mut fields = self.tree().into_fields();
        merge(&mut fields, patch);
        let merged = Self::parse(fields, || self.id().clone())?;
        if merged.size() > limit.bytes() as u64 {
            Err(Invalid::TooLarge { max: limit.bytes() }.into())
        } else {
            Ok(merged)
        }
    }
}
