//! The values of `$in` and `$nin`.

use serde_json::Value;

use crate::model::query::value_order::compare;

/// A sorted set of values with lookup by binary search.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueSet(Vec<Value>);

impl ValueSet {
    /// Builds the set. Values that compare as equal are kept once.
    #[must_use]
    pub fn new(mut values: Vec<Value>) -> Self {
        values.sort_by(compare);
        values.dedup_by(|one, other| compare(one, other).is_eq());
        Self(values)
    }

    /// Whether a value is in the set.
    #[must_use]
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search_by(|own| compare(own, value)).is_ok()
    }

    /// The values in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }
}
