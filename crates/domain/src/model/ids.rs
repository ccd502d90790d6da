//! Identifiers: opaque text, each of a type of its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

pub(super) const MAX_ID: usize = 64;

macro_rules! opaque_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes 1 to 64 ASCII letters, digits, `-` and `_`.
            ///
            /// # Errors
            /// Anything else is [`Invalid`].
            pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
                let text = text.into();
                if text.is_empty() {
                    return Err(Invalid::Empty);
                }
                if text.len() > MAX_ID {
                    return Err(Invalid::TooLong { max: MAX_ID });
                }
                let known = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                match text.chars().find(|&c| !known(c)) {
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

/// What every value that is one piece of text offers: `Display` and the two conversions of serde.
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
    /// An organization, for ever: a `UUIDv7`, or the 24 hex digits of an adopted one.
    OrganizationId
);
opaque_id!(
    /// An admin of an organization.
    AdminId
);
opaque_id!(
    /// A login, from its first token to its end (`sid`).
    SessionId
);
opaque_id!(
    /// One access token (`jti`, RFC 7519).
    TokenId
);
opaque_id!(
    /// A process that serves, from its start to its end.
    NodeId
);
opaque_id!(
    /// An event of an audit trail: a `UUIDv7`.
    EventId
);
opaque_id!(
    /// A key that signs tokens (`kid`, RFC 7515).
    KeyId
);

/// A document within its tenant: any text of 1 to 128 characters, chosen by the client or a `UUIDv7`. Only
/// `.`, `..` (RFC 3986, section 5.2.4) and `export` are none: at the end of its path they mean something else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(String);

impl DocumentId {
    const MAX: usize = 128;

    /// Takes 1 to 128 characters of any kind, but not `.`, `..` or `export`.
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
