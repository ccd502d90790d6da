//! Identifiers: opaque text, each kind with its own type.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

pub(super) const MAX_ID_LENGTH: usize = 64;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses 1 to 64 ASCII letters, digits, `-` and `_`.
            ///
            /// # Errors
            /// [`Invalid`] for any other text.
            pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                if text.is_empty() {
                    return Err(Invalid::Empty);
                }
                if text.len() > MAX_ID_LENGTH {
                    return Err(Invalid::TooLong { max: MAX_ID_LENGTH });
                }
                let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                match text.chars().find(|&c| !allowed(c)) {
                    Some(c) => Err(Invalid::Character(c)),
                    None => Ok(Self(text)),
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_value!($name);
    };
}

/// Implements `Display`, and the conversions from and to `String` that serde uses.
macro_rules! text_value {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}
pub(super) use text_value;

opaque_id!(
    /// Id of an organization; never changes. A `UUIDv7`, or the 24 hex digits of a migrated
    /// organization.
    OrganizationId
);
opaque_id!(
    /// Id of an admin of an organization.
    AdminId
);
opaque_id!(
    /// Id of a session, from login to logout (`sid`).
    SessionId
);
opaque_id!(
    /// Id of an access token (`jti`, RFC 7519).
    TokenId
);
opaque_id!(
    /// Id of a server process, from its start to its end.
    NodeId
);
opaque_id!(
    /// Id of an audit event: a `UUIDv7`.
    EventId
);
opaque_id!(
    /// Id of a signing key (`kid`, RFC 7515).
    KeyId
);

impl KeyId {
    /// Placeholder for the key of an unreadable signature.
    pub(super) fn unreadable() -> Self {
        Self("unreadable".to_owned())
    }
}

/// Id of a document within its tenant: a text of 1 to 128 characters that the client chooses, else
/// a `UUIDv7`. It can't be `.`, `..` (RFC 3986, section 5.2.4) or `export`, which have another
/// meaning as the last segment of a document's URL path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(String);

impl DocumentId {
    const MAX: usize = 128;

    /// Parses 1 to 128 characters of any kind, except `.`, `..` and `export`.
    ///
    /// # Errors
    /// [`Invalid::Empty`], [`Invalid::TooLong`] and [`Invalid::Format`].
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() {
            Err(Invalid::Empty)
        } else if text.chars().count() > Self::MAX {
            Err(Invalid::TooLong { max: Self::MAX })
        } else if matches!(text.as_str(), "." | ".." | "export") {
            Err(Invalid::Format("must not be `.`, `..` or `export`"))
        } else {
            Ok(Self(text))
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(DocumentId);
