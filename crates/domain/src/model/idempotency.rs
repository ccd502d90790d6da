//! Requests that may be sent twice (draft-ietf-httpapi-idempotency-key-header).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Invalid, Timestamp};

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
    /// The body.
    pub body: String,
}
