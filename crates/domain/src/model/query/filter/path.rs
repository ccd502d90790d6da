//! Field paths.

use std::fmt;

use crate::model::Invalid;

/// A path into a document: names separated by dots (MongoDB manual, "Dot Notation").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(String);

impl FieldPath {
    const MAX_BYTES: usize = 1024;
    /// The maximum depth of a document.
    const MAX_PARTS: usize = 100;

    /// Parses nonempty names that do not begin with `$`.
    ///
    /// # Errors
    /// The problem of the path.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(Invalid::TooLong { max: Self::MAX_BYTES });
        }
        if text.split('.').count() > Self::MAX_PARTS {
            return Err(Invalid::TooDeep { max: Self::MAX_PARTS });
        }
        for part in text.split('.') {
            if part.is_empty() {
                return Err(Invalid::Key("a path must have a name before and after each dot"));
            }
            if part.starts_with('$') {
                return Err(Invalid::Key("a name in a path must not start with `$`"));
            }
            if part.contains('\0') {
                return Err(Invalid::Key("a name in a path must not contain NUL"));
            }
        }
        Ok(Self(text))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names, outermost first.
    pub fn parts(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.split('.')
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
