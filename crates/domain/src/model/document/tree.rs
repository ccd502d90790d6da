//! Parsed values of a document.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::Document;
use crate::model::DocumentId;

/// A document as a tree of values. Keep it for a short time only: it takes up to 90 times the
/// memory of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentTree {
    id: DocumentId,
    fields: Map<String, Value>,
}

impl DocumentTree {
    pub(super) fn new(id: DocumentId, fields: Map<String, Value>) -> Self {
        Self { id, fields }
    }

    /// The document's id within its tenant.
    #[must_use]
    pub fn id(&self) -> &DocumentId {
        &self.id
    }

    /// Everything except the id.
    #[must_use]
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// Everything except the id, by value.
    pub(super) fn into_fields(self) -> Map<String, Value> {
        self.fields
    }

    /// Serializes the document.
    #[must_use]
    pub fn to_document(&self) -> Document {
        Document::stored(self.id.clone(), &self.fields)
    }
}

/// Reads the id from the JSON text of a document. Validates the whole text.
pub(super) fn id_in(json: &str) -> serde_json::Result<DocumentId> {
    #[derive(Deserialize)]
    struct Identified {
        #[serde(rename = "_id")]
        id: DocumentId,
    }
    serde_json::from_str(json).map(|Identified { id }| id)
}

impl Serialize for DocumentTree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.fields.len() + 1))?;
        object.serialize_entry(Document::ID, &self.id)?;
        for (key, value) in &self.fields {
            object.serialize_entry(key, value)?;
        }
        object.end()
    }
}

impl<'de> Deserialize<'de> for DocumentTree {
    /// Reads a stored object with its `_id`.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let id = fields.shift_remove(Document::ID);
        let id = id.ok_or_else(|| de::Error::missing_field(Document::ID))?;
        let id = DocumentId::deserialize(id).map_err(de::Error::custom)?;
        Ok(Self { id, fields })
    }
}
