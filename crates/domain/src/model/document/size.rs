//! Size limits of documents, and their size as BSON.

use serde_json::{Map, Value};

use crate::model::Invalid;

/// Maximum size of a document from a client, in bytes of JSON: 1 KiB to 16 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentLimit(usize);

impl DocumentLimit {
    /// Upper bound of the setting: MongoDB's own limit.
    pub const MAX: usize = 16 * 1024 * 1024;
    /// Lower bound of the setting.
    pub const MIN: usize = 1024;

    /// Accepts 1 KiB to [`DocumentLimit::MAX`].
    ///
    /// # Errors
    /// [`Invalid`] for any other number.
    pub fn parse(bytes: usize) -> Result<Self, Invalid> {
        if (Self::MIN..=Self::MAX).contains(&bytes) {
            Ok(Self(bytes))
        } else {
            Err(Invalid::Format("must be a number of bytes from 1024 to 16777216"))
        }
    }

    /// The number of bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.0
    }
}

impl Default for DocumentLimit {
    /// 1 MiB.
    fn default() -> Self {
        Self(1024 * 1024)
    }
}

/// Upper bound of an object's size in bytes of BSON (<https://bsonspec.org/spec.html>).
pub(super) fn bson(members: &Map<String, Value>) -> usize {
    let element = |(key, value): (&String, &Value)| 2 + key.len() + bson_value(value);
    5 + members.iter().map(element).sum::<usize>()
}

fn bson_value(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        // An unsigned integer that needs 64 bits becomes a decimal.
        Value::Number(number) if !number.is_i64() && number.is_u64() => 16,
        Value::Number(_) => 8,
        Value::String(text) => 5 + text.len(),
        Value::Array(items) => {
            let digits = |index: usize| index.checked_ilog10().unwrap_or(0) as usize + 1;
            let element = |(index, item)| 2 + digits(index) + bson_value(item);
            5 + items.iter().enumerate().map(element).sum::<usize>()
        }
        Value::Object(members) => bson(members),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_limit_is_bounded() {
        assert_eq!(DocumentLimit::parse(DocumentLimit::MAX).unwrap().bytes(), 16_777_216);
        assert!(DocumentLimit::parse(1023).is_err());
        assert!(DocumentLimit::parse(DocumentLimit::MAX + 1).is_err());
    }
}
