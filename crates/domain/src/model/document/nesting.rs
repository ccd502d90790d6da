//! Validation of nesting depth and keys of JSON from clients, in one traversal.

use serde_json::{Map, Value};

use crate::model::{Invalid, InvalidAt};

/// Allowed keys and nesting depth of an object.
pub(in crate::model) struct Rules {
    /// Maximum number of levels; the object itself is the first.
    pub(in crate::model) max_depth: usize,
    /// Returns an error for a key that is not allowed.
    pub(in crate::model) key: fn(&str) -> Result<(), Invalid>,
}

impl Rules {
    /// Returns the first violation in `members`, with its position.
    pub(in crate::model) fn check(&self, members: &Map<String, Value>) -> Result<(), InvalidAt> {
        self.members(members, 1)
    }

    fn members(&self, members: &Map<String, Value>, depth: usize) -> Result<(), InvalidAt> {
        members.iter().try_for_each(|(key, value)| {
            let key_holds = (self.key)(key).map_err(InvalidAt::from);
            key_holds.and_then(|()| self.value(value, depth)).map_err(|refusal| refusal.below(key))
        })
    }

    fn value(&self, value: &Value, depth: usize) -> Result<(), InvalidAt> {
        match value {
            Value::Object(_) | Value::Array(_) if depth >= self.max_depth => {
                Err(Invalid::TooDeep { max: self.max_depth }.into())
            }
            Value::Object(members) => self.members(members, depth + 1),
            Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
                self.value(item, depth + 1).map_err(|refusal| refusal.below(&index.to_string()))
            }),
            _ => Ok(()),
        }
    }
}
