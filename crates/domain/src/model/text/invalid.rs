//! Validation errors.

use thiserror::Error;

use crate::model::text::pointer::pointer_below;

/// Reason for which a value was refused, as a message for the client. It never contains the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Empty, or only white space.
    #[error("must not be empty")]
    Empty,
    /// Fewer characters than `min`.
    #[error("must have at least {min} characters")]
    TooShort {
        /// Minimum number of characters.
        min: usize,
    },
    /// More characters than `max`.
    #[error("must have at most {max} characters")]
    TooLong {
        /// Maximum number of characters.
        max: usize,
    },
    /// Larger than `max` bytes of JSON.
    #[error("must be at most {max} bytes of JSON")]
    TooLarge {
        /// Maximum size in bytes.
        max: usize,
    },
    /// Larger than `max` bytes of BSON.
    #[error("must be at most {max} bytes as BSON, which MongoDB keeps")]
    TooLargeAsBson {
        /// Maximum size in bytes.
        max: usize,
    },
    /// Nested deeper than `max` levels.
    #[error("must be nested at most {max} levels deep")]
    TooDeep {
        /// Maximum number of levels.
        max: usize,
    },
    /// A character that is not allowed.
    #[error("must not contain the character U+{:04X}", u32::from(*.0))]
    Character(char),
    /// Not in the required format.
    #[error("{0}")]
    Format(&'static str),
    /// Not the current password.
    #[error("is not the present password")]
    Wrong,
    /// A document key that the store can't hold.
    #[error("{0}")]
    Key(&'static str),
    /// One of the most common passwords.
    #[error("must not be one of the most common passwords")]
    Common,
    /// A password that contains only public facts about its owner.
    #[error("must not be the e-mail address or the name of the organization")]
    Guessable,
}

impl Invalid {
    /// A stable, machine-readable code of the reason.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::TooLarge { .. } | Self::TooLargeAsBson { .. } => "too_large",
            Self::TooDeep { .. } => "too_deep",
            Self::Character(_) => "invalid_character",
            Self::Format(_) => "invalid_format",
            Self::Wrong => "wrong",
            Self::Key(_) => "invalid_key",
            Self::Common => "common_password",
            Self::Guessable => "guessable_password",
        }
    }

    /// Adds the position of the refused value: a JSON Pointer (RFC 6901) into the request.
    #[must_use]
    pub fn at(self, pointer: &str) -> InvalidAt {
        InvalidAt { pointer: pointer.to_owned(), invalid: self }
    }
}

/// A validation error with the position of the refused value: a JSON Pointer (RFC 6901) into the
/// request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{pointer}: {invalid}")]
pub struct InvalidAt {
    /// Position of the value; empty for the whole.
    pub pointer: String,
    /// Reason of the refusal.
    pub invalid: Invalid,
}

impl InvalidAt {
    /// Adds the enclosing member or index `token` to the pointer. A pointer over
    /// [`MAX_POINTER`](super::MAX_POINTER) becomes that of an enclosing value.
    #[must_use]
    pub fn below(self, token: &str) -> Self {
        Self { pointer: pointer_below(token, &self.pointer), invalid: self.invalid }
    }
}

impl From<Invalid> for InvalidAt {
    fn from(invalid: Invalid) -> Self {
        Self { pointer: String::new(), invalid }
    }
}
