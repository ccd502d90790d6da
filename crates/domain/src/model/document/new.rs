//! Documents from clients.

use serde_json::{Map, Value};

use super::{Document, RULES, size};
use crate::model::{DocumentId, Invalid, InvalidAt};

/// A validated document from a client, with or without an id. It holds the text, like a
/// [`Document`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewDocument {
    id: Option<DocumentId>,
    /// All members except the id: `{"a":1}`.
    members: String,
    bson: usize,
}

impl NewDocument {
    /// Validates an object.
    ///
    /// # Errors
    /// An `_id` that is not text of 1 to 128 characters, a key that starts with `$` or contains `.`
    /// or NUL (MongoDB manual, "Field Names"), or more than 100 levels. Each error has the position
    /// of the problem.
    pub fn parse(mut fields: Map<String, Value>) -> Result<Self, InvalidAt> {
        let at_id = |invalid: Invalid| InvalidAt::from(invalid).below(Document::ID);
        let id = match fields.shift_remove(Document::ID) {
            None => None,
            Some(Value::String(text)) => Some(DocumentId::parse(text).map_err(at_id)?),
            Some(_) => return Err(at_id(Invalid::Format("must be a string"))),
        };
        RULES.check(&fields)?;
        let bson = size::bson(&fields);
        let members = serde_json::to_string(&fields).unwrap_or_default();
        Ok(Self { id, members, bson })
    }

    /// The id given by the client.
    #[must_use]
    pub fn id(&self) -> Option<&DocumentId> {
        self.id.as_ref()
    }

    /// Completes the document with the client's id, or else with the id from `new_id`.
    ///
    /// # Errors
    /// When it would exceed 16 MiB of BSON.
    pub fn with_id(self, new_id: impl FnOnce() -> DocumentId) -> Result<Document, InvalidAt> {
        let id = self.id.unwrap_or_else(new_id);
        if self.bson + id.as_str().len() > Document::MAX_BSON {
            return Err(Invalid::TooLargeAsBson { max: Document::MAX_BSON }.into());
        }
        Ok(Document::compose(id, &self.members))
    }
}
