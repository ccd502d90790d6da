//! Changes to JSON objects (RFC 7396).

use serde_json::{Map, Value};

/// MergePatch of RFC 7396, section 2, for a target that is an object.
pub(super) fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, change) in patch {
        match change {
            Value::Null => {
                target.shift_remove(key);
            }
            Value::Object(members) => {
                let slot = target.entry(key.clone()).or_insert(Value::Null);
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(inner) = slot {
                    merge(inner, members);
                }
            }
            other => {
                target.insert(key.clone(), other.clone());
            }
        }
    }
}
