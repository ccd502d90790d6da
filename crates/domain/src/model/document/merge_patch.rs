//! Merge patches for JSON objects (RFC 7396).

use serde_json::{Map, Value};

/// MergePatch of RFC 7396, section 2, for a target that is an object. Takes time linear in the
/// number of members: one pass does all removals, because a single removal moves all members after
/// it.
pub(in crate::model) fn merge(target: &mut Map<String, Value>, patch: Map<String, Value>) {
    if patch.values().any(Value::is_null) {
        target.retain(|key, _| patch.get(key).is_none_or(|change| !change.is_null()));
    }
    for (key, change) in patch {
        match change {
            Value::Null => {}
            Value::Object(members) => {
                let slot = target.entry(key).or_insert(Value::Null);
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(inner) = slot {
                    merge(inner, members);
                }
            }
            other => {
                target.insert(key, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("{value}") };
        members
    }

    #[test]
    fn kept_members_keep_their_order_and_new_ones_are_appended() {
        let mut target = members(json!({"a": 1, "b": {"x": 1, "y": 2, "z": 3}, "c": 3, "d": 4}));
        let patch = json!({"e": 5, "c": null, "a": 0, "b": {"y": null, "w": 0, "x": 9}, "f": null});
        merge(&mut target, members(patch));
        let expected = r#"{"a":0,"b":{"x":9,"z":3,"w":0},"d":4,"e":5}"#;
        assert_eq!(Value::Object(target).to_string(), expected);
    }

    /// A liveness bound that only a quadratic merge exceeds: with one pass it takes milliseconds.
    #[test]
    fn removing_every_member_takes_one_pass() {
        const MANY: usize = 200_000;
        let names = (0..MANY).map(|number| number.to_string());
        let mut target: Map<_, _> = names.clone().map(|name| (name, Value::from(0))).collect();
        let patch = names.map(|name| (name, Value::Null)).collect();
        let (done, merged) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            merge(&mut target, patch);
            let _ = done.send(target.len());
        });
        assert_eq!(merged.recv_timeout(std::time::Duration::from_secs(20)), Ok(0));
    }
}
