//! Display names and descriptions in any script.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::model::Invalid;
use crate::model::ids::text_value;
use crate::model::text::slug;

/// The name of an organization: 1 to 100 characters of any script with at least one letter or
/// digit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationName(String);

impl OrganizationName {
    /// Trims the text and validates it.
    ///
    /// # Errors
    /// Empty, over 100 characters, invisible or bidirectional control characters, no letter or
    /// digit, or a slug ([`super::Slug`]) of over 300 characters.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let text = one_line(text.as_ref(), 100)?;
        let key = slug::key(&text);
        if key.is_empty() {
            return Err(Invalid::Format("must contain a letter or a digit"));
        }
        if key.chars().count() > slug::MAX {
            return Err(Invalid::TooLong { max: slug::MAX });
        }
        Ok(Self(text))
    }

    /// The name as it was entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a person: 1 to 100 characters of any script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AdminName(String);

impl AdminName {
    /// Trims the text and validates it.
    ///
    /// # Errors
    /// Empty, over 100 characters, or invisible or bidirectional control characters.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        one_line(text.as_ref(), 100).map(Self)
    }

    /// The name as it was entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Description of an organization: up to 500 characters; line breaks and tabs are allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Description(String);

impl Description {
    const MAX: usize = 500;

    /// Validates the text without changing it.
    ///
    /// # Errors
    /// Over 500 characters, or control characters other than line breaks and tabs.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.chars().count() > Self::MAX {
            return Err(Invalid::TooLong { max: Self::MAX });
        }
        let allowed = |c: char| matches!(c, '\n' | '\r' | '\t') || shows(c);
        match text.chars().find(|&c| !allowed(c)) {
            Some(c) => Err(Invalid::Character(c)),
            None => Ok(Self(text)),
        }
    }

    /// The text as it was entered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_value!(OrganizationName);
text_value!(AdminName);
text_value!(Description);

fn one_line(text: &str, max: usize) -> Result<String, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Invalid::Empty);
    }
    if text.chars().count() > max {
        return Err(Invalid::TooLong { max });
    }
    match text.chars().find(|&c| !shows(c)) {
        Some(c) => Err(Invalid::Character(c)),
        None => Ok(text.to_owned()),
    }
}

/// False for controls, line and paragraph separators, and the bidirectional controls, which make a
/// text read as something else (Unicode Technical Report 36, section 2.3).
fn shows(c: char) -> bool {
    let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let hidden = matches!(
        get_general_category(c),
        GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    !bidi && !hidden
}
