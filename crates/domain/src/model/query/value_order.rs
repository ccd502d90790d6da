//! Order of JSON values: the order of BSON (MongoDB manual, "Comparison/Sort Order").

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// Rank of the value's type.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::String(_) => 2,
        Value::Object(_) => 3,
        Value::Array(_) => 4,
        Value::Bool(_) => 5,
    }
}

/// Whether two values are of the same type, so that one can be greater than the other.
pub(in crate::model) fn is_comparable(one: &Value, other: &Value) -> bool {
    rank(one) == rank(other)
}

/// Compares any two values. Numbers are equal when their numeric values are, texts are compared by
/// bytes, and objects member by member in their order.
#[must_use]
pub fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => numbers(one, other),
        (Value::String(one), Value::String(other)) => one.as_bytes().cmp(other.as_bytes()),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => arrays(one, other),
        (Value::Object(one), Value::Object(other)) => objects(one, other),
        _ => rank(one).cmp(&rank(other)),
    }
}

fn arrays(one: &[Value], other: &[Value]) -> Ordering {
    let items = one.iter().zip(other).map(|(one, other)| compare(one, other));
    first_difference(items).then(one.len().cmp(&other.len()))
}

/// Compares the types of the first members, then their keys, then their values; then the next
/// members, and so on.
fn objects(one: &Map<String, Value>, other: &Map<String, Value>) -> Ordering {
    let members = one.iter().zip(other).map(|((key, value), (other_key, other_value))| {
        let types = rank(value).cmp(&rank(other_value));
        let keys = || key.as_bytes().cmp(other_key.as_bytes());
        types.then_with(keys).then_with(|| compare(value, other_value))
    });
    first_difference(members).then(one.len().cmp(&other.len()))
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Compares numeric values without loss: a 64-bit integer is not converted to a float.
fn numbers(one: &Number, other: &Number) -> Ordering {
    match (integer(one), integer(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(one), None) => float(other, |other| integer_and_float(one, other)),
        (None, Some(other)) => float(one, |one| integer_and_float(other, one).reverse()),
        (None, None) => float(one, |one| {
            float(other, |other| one.partial_cmp(&other).unwrap_or(Ordering::Equal))
        }),
    }
}

fn integer(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

/// JSON has no numbers except integers and finite floats.
fn float(number: &Number, compare: impl FnOnce(f64) -> Ordering) -> Ordering {
    number.as_f64().map_or(Ordering::Equal, compare)
}

/// Truncates the float to an integer, which is lossless within the range of integers, and then
/// compares the fraction.
fn integer_and_float(integer: i128, float: f64) -> Ordering {
    const BEYOND: f64 = 1e20;
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float <= -BEYOND {
        return Ordering::Greater;
    }
    let whole = float.trunc();
    // Within the bounds above, and without a fraction.
    let rest = 0.0.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal);
    integer.cmp(&(whole as i128)).then(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_ordered_by_type_first() {
        let ascending =
            [json!(null), json!(-1), json!("a"), json!({}), json!([]), json!(false), json!(true)];
        for (i, one) in ascending.iter().enumerate() {
            for (j, other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), i.cmp(&j), "{one} and {other}");
            }
        }
    }

    #[test]
    fn numbers_are_compared_by_value() {
        let max = 9_007_199_254_740_993_i64;
        for (one, other, order) in [
            (json!(1), json!(1.0), Ordering::Equal),
            (json!(0), json!(-0.0), Ordering::Equal),
            (json!(1), json!(1.5), Ordering::Less),
            (json!(-1), json!(-1.5), Ordering::Greater),
            // The nearest float is one less.
            (json!(max), json!(9_007_199_254_740_992.0), Ordering::Greater),
            (json!(i64::MAX), json!(9_223_372_036_854_775_808.0), Ordering::Less),
            (json!(u64::MAX), json!(i64::MAX), Ordering::Greater),
            (json!(u64::MAX), json!(1e300), Ordering::Less),
            (json!(i64::MIN), json!(-1e300), Ordering::Greater),
        ] {
            assert_eq!(compare(&one, &other), order, "{one} and {other}");
            assert_eq!(compare(&other, &one), order.reverse(), "{other} and {one}");
        }
    }

    #[test]
    fn objects_and_arrays_are_compared_member_by_member() {
        for (less, greater) in [
            (json!({"a": 1}), json!({"a": 2})),
            (json!({"a": 1}), json!({"a": 1, "b": 0})),
            (json!({"b": 1}), json!({"a": "x"})),
            (json!({"a": 1, "b": 1}), json!({"b": 0, "a": 1})),
            (json!([1, 2]), json!([1, 3])),
            (json!([1]), json!([1, null])),
            (json!([]), json!([null])),
            (json!("a"), json!("a\0")),
        ] {
            assert_eq!(compare(&less, &greater), Ordering::Less, "{less} and {greater}");
        }
    }
}
