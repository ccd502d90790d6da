//! E-mail addresses.

use std::fmt;

use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

use crate::model::Invalid;
use crate::model::ids::text_value;
use crate::model::text::slug::fold;

/// An address as its owner writes it (RFC 5321, RFC 6531), at most 254 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    const MAX: usize = 254;

    /// Trims the text and validates it. The domain needs a dot.
    ///
    /// # Errors
    /// Empty, over 254 characters, or not an address.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let text = text.as_ref().trim();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        if let Some(c) = text.chars().find(|c| c.is_control()) {
            return Err(Invalid::Character(c));
        }
        let plain =
            Options::default().without_display_text().without_domain_literal().with_required_tld();
        match EmailAddress::parse_with_options(text, plain) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => Err(Invalid::Format("must be an e-mail address, such as ada@example.com")),
        }
    }

    /// The address as it was entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key under which spellings of the same address are equal.
    #[must_use]
    pub fn key(&self) -> EmailKey {
        EmailKey(fold(&self.0))
    }
}

text_value!(Email);

/// A case-folded address: unique in the whole installation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailKey(String);

impl EmailKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case() {
        let key = |text| Email::parse(text).unwrap().key();
        assert_eq!(key(" Ada@Example.COM "), key("ada@example.com"));
        assert_eq!(key("ΠΑΠΑΣ@example.com"), key("παπας@example.com"), "a final sigma is a sigma");
        assert_ne!(
            key("ada@example.com"),
            key("аda@example.com"),
            "a Cyrillic a is another letter"
        );
    }

    #[test]
    fn invalid_addresses_are_refused() {
        for text in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@[10.0.0.1]",
            "Ada <ada@example.com>",
            "ada@example.com\0",
            "ada@@example.com",
            "ada@exa mple.com",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
        assert_eq!(
            Email::parse(format!("{}@example.com", "a".repeat(250))),
            Err(Invalid::TooLong { max: 254 })
        );
    }
}
