//! Why a value was refused.

use thiserror::Error;

use super::pointer::pointer_below;

/// Why a value was refused, in words for the person who sent it. It never carries the value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Invalid {
    /// Nothing, or nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// Fewer characters than `min`.
    #[error("must have at least {min} characters")]
    TooShort {
        /// The least number of characters.
        min: usize,
    },
    /// More characters than `max`.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The greatest number of characters.
        max: usize,
    },
    /// Larger than `max` bytes of JSON.
    #[error("must be at most {max} bytes of JSON")]
    TooLarge {
        /// The greatest size in bytes.
        max: usize,
    },
    /// Larger than `max` bytes of BSON.
    #[error("must be at most {max} bytes as BSON, which MongoDB keeps")]
    TooLargeAsBson {
        /// The greatest size in bytes.
        max: usize,
    },
    /// Nested deeper than `max` levels.
    #[error("must be nested at most {max} levels deep")]
    TooDeep {
        /// The greatest number of levels.
        max: usize,
    },
    /// A character that has no place here.
    #[error("must not contain the character U+{:04X}", u32::from(*.0))]
    Character(char),
    /// Not of the form that is asked for.
    #[error("{0}")]
    Format(&'static str),
    /// Not the password that it should be.
    #[error("is not the present password")]
    Wrong,
    /// A key of a document that the store could not hold.
    #[error("{0}")]
    Key(&'static str),
    /// A password that many have.
    #[error("must not be one of the most common passwords")]
    Common,
    /// A password that says no more than is known of its owner.
    #[error("must not be the e-mail address or the name of the organization")]
    Guessable,
}

impl Invalid {
    /// A stable name of the reason, for programs.
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

    /// The same, with the place of the refused value: a JSON Pointer (RFC 6901) into what was sent.
    #[must_use]
    pub fn at(self, pointer: &str) -> InvalidAt {
        InvalidAt { pointer: pointer.to_owned(), invalid: self }
    }
}

/// A refusal and the place of the refused value: a JSON Pointer (RFC 6901) into what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{pointer}: {invalid}")]
pub struct InvalidAt {
    /// Where the value stands; empty for the whole.
    pub pointer: String,
    /// Why it was refused.
    pub invalid: Invalid,
}

impl InvalidAt {
    /// `invalid`, found below the member or index `token` of what encloses it. A pointer over
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
