//! Idempotency keys (draft-ietf-httpapi-idempotency-key-header).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{DocumentId, Invalid, Timestamp};

/// A key that a client sent with a request, within the scope of that client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    scope: String,
    key: String,
}

impl IdempotencyKey {
    const MAX: usize = 255;

    /// Parses a key of 1 to 255 visible ASCII characters; `scope` identifies the client.
    ///
    /// # Errors
    /// [`Invalid`] for any other key.
    pub fn parse(scope: impl Into<String>, key: impl Into<String>) -> Result<Self, Invalid> {
        let (scope, key) = (scope.into(), key.into());
        if key.is_empty() {
            return Err(Invalid::Empty);
        }
        if key.len() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        match key.chars().find(|c| !c.is_ascii_graphic()) {
            Some(c) => Err(Invalid::Character(c)),
            None => Ok(Self { scope, key }),
        }
    }
}

impl fmt::Display for IdempotencyKey {
    /// Scope and key, as one key of a store.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scope, self.key)
    }
}

/// A hash of the request without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// Reservation of a key by the first request that used it, until the request completes or the
/// reservation expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The reserved key.
    pub key: IdempotencyKey,
    /// Fingerprint of the request.
    pub asked: Fingerprint,
    /// Expiry of the reservation if the request does not complete.
    pub until: Timestamp,
}

/// A stored response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredResponse {
    /// The HTTP status code.
    pub status: u16,
    /// Header fields that belong to the response and not to the connection.
    pub headers: Vec<(String, String)>,
    /// The body; empty when it is a document.
    pub body: String,
    /// The id of the document in the body. A repeated request contains the rest of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
}

impl StoredResponse {
    /// Size in bytes of text.
    #[must_use]
    pub fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(name, value)| name.len() + value.len());
        let document = self.document.as_ref().map_or(0, |id| id.as_str().len());
        headers.sum::<usize>() + self.body.len() + document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_response_without_a_separate_document_is_read() {
        let kept = r#"{"status": 201, "headers": [["etag", "\"1\""]], "body": "{}"}"#;
        let answer: StoredResponse = serde_json::from_str(kept).unwrap();
        assert_eq!((answer.body.as_str(), &answer.document), ("{}", &None));
        assert_eq!(answer.size(), "etag\"1\"{}".len());
    }
}
