//! One walk over JSON that clients send, for the bounds and key rules of what takes it.

use serde_json::{Map, Value};

use super::{Invalid, InvalidAt};

/// What keys and how many levels an object may have.
pub(super) struct Rules {
    /// The greatest number of levels; the object itself is the first.
    pub(super) max_depth: usize,
    /// Refuses a key.
    pub(super) key: fn(&str) -> Result<(), Invalid>,
}

impl Rules {
    /// Names the first member of `members` that breaks a rule.
    pub(super) fn check(&self, members: &Map<String, Value>) -> Result<(), InvalidAt> {
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
