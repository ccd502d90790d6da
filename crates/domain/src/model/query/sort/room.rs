//! Size limit of the values of a position.

use serde_json::{Map, Value};
use thiserror::Error;

use super::Position;

/// The sort values of a document exceed [`Position::MAX_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("leads to values of more than 4 KiB in one of the documents")]
pub struct PositionTooLarge;

/// The rest of [`Position::MAX_BYTES`] while a position is composed. Values are measured before
/// they are copied, in bytes of BSON: MongoDB measures with `$bsonSize`, and both stores have to
/// refuse the same documents.
pub(super) struct Room(usize);

impl Room {
    pub(super) fn new() -> Self {
        Self(Position::MAX_BYTES)
    }

    /// Measures and copies `value`.
    pub(super) fn copy(&mut self, value: &Value) -> Result<Value, PositionTooLarge> {
        self.value(value)?;
        Ok(value.clone())
    }

    fn value(&mut self, value: &Value) -> Result<(), PositionTooLarge> {
        match value {
            Value::Null => Ok(()),
            Value::Bool(_) => self.take(1),
            Value::Number(number) => self.take(match number.as_i64() {
                Some(integer) if i32::try_from(integer).is_ok() => 4,
                // An unsigned integer that needs 64 bits becomes a decimal.
                None if number.is_u64() => 16,
                _ => 8,
            }),
            Value::String(text) => self.take(5 + text.len()),
            Value::Array(items) => {
                self.begin()?;
                items.iter().enumerate().try_for_each(|(index, item)| {
                    self.item(index)?;
                    self.value(item)
                })
            }
            Value::Object(members) => self.members(members),
        }
    }

    fn members(&mut self, members: &Map<String, Value>) -> Result<(), PositionTooLarge> {
        self.begin()?;
        members.iter().try_for_each(|(name, value)| {
            self.take(2 + name.len())?;
            self.value(value)
        })
    }

    /// Counts the overhead of an array or an object.
    pub(super) fn begin(&mut self) -> Result<(), PositionTooLarge> {
        self.take(5)
    }

    /// Counts the overhead of the item at `index` of an array.
    pub(super) fn item(&mut self, index: usize) -> Result<(), PositionTooLarge> {
        self.take(3 + index.checked_ilog10().unwrap_or(0) as usize)
    }

    fn take(&mut self, bytes: usize) -> Result<(), PositionTooLarge> {
        self.0 = self.0.checked_sub(bytes).ok_or(PositionTooLarge)?;
        Ok(())
    }
}
