//! Requests that may be sent twice (draft-ietf-httpapi-idempotency-key-header).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DocumentId, Invalid, Timestamp};

/// The key a client gave to a request, within the scope of that client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey {
    scope: String,
    key: String,
}

impl IdempotencyKey {
    const MAX: usize = 255;

    /// A key of 1 to 255 visible ASCII characters; `scope` names the caller.
    ///
    /// # Errors
    /// Any other key.
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
    /// The scope and the key, as one key of a store.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scope, self.key)
    }
}

/// A hash of what a request asks for, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprint(pub String);

/// A key that is reserved, until it ends or is answered, for the request that asked first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    /// The key.
    pub key: IdempotencyKey,
    /// What the request asks for.
    pub asked: Fingerprint,
    /// When it ends if nobody answers.
    pub until: Timestamp,
}

/// An answer as it was given the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The HTTP status code.
    pub status: u16,
    /// The header fields that belong to the answer and not to the exchange.
    pub headers: Vec<(String, String)>,
    /// The body; empty when it is a document.
    pub body: String,
    /// The id of the document in the body. A repeated request contains the rest of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
}

impl StoredAnswer {
    /// The size in bytes of text.
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
    fn an_answer_that_was_kept_with_its_document_can_be_read() {
        let kept = r#"{"status": 201, "headers": [["etag", "\"1\""]], "body": "{}"}"#;
        let answer: StoredAnswer = serde_json::from_str(kept).unwrap();
        assert_eq!((answer.body.as_str(), &answer.document), ("{}", &None));
        assert_eq!(answer.size(), "etag\"1\"{}".len());
    }
}
