//! Parsers for single values.

use domain::model::{Invalid, InvalidAt, Role, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Reason why a value is rejected.
#[derive(Debug)]
pub(crate) enum InvalidInput {
    /// Wrong JSON type; contains the expected one.
    Type(&'static str),
    /// Invalid value, or invalid part of it at a JSON Pointer.
    Invalid(InvalidAt),
}

/// Parses a string with `parse`.
pub(crate) fn text<T>(
    parse: impl FnOnce(String) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, InvalidInput> {
    |value| match value {
        Value::String(text) => parse(text).map_err(|invalid| InvalidInput::Invalid(invalid.into())),
        _ => Err(InvalidInput::Type("must be a string")),
    }
}

/// Parses an object with `parse`.
pub(crate) fn object<T>(
    parse: impl FnOnce(Map<String, Value>) -> Result<T, InvalidAt>,
) -> impl FnOnce(Value) -> Result<T, InvalidInput> {
    |value| match value {
        Value::Object(members) => parse(members).map_err(InvalidInput::Invalid),
        _ => Err(InvalidInput::Type("must be an object")),
    }
}

/// Parses a boolean.
pub(crate) fn boolean(value: Value) -> Result<bool, InvalidInput> {
    value.as_bool().ok_or(InvalidInput::Type("must be true or false"))
}

/// Parses a timestamp in RFC 3339 format.
pub(crate) fn time(text: String) -> Result<Timestamp, Invalid> {
    Timestamp::deserialize(Value::String(text))
        .map_err(|_| Invalid::Format("must be a time of RFC 3339, such as 2026-01-31T09:30:00Z"))
}

/// Parses a role.
pub(crate) fn role(value: Value) -> Result<Role, InvalidInput> {
    let word = Invalid::Format("must be owner, admin or viewer");
    match value {
        Value::String(_) => {
            Role::deserialize(value).map_err(|_| InvalidInput::Invalid(word.into()))
        }
        _ => Err(InvalidInput::Type("must be a string")),
    }
}

/// Parses a non-negative integer with `parse`.
pub(crate) fn number<T>(
    parse: impl FnOnce(u64) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, InvalidInput> {
    const WHOLE: &str = "must be a whole number that is not negative";
    |value| match whole(&value) {
        Some(number) => parse(number).map_err(|invalid| InvalidInput::Invalid(invalid.into())),
        None => Err(InvalidInput::Type(WHOLE)),
    }
}

/// Converts a number without a fraction to an integer, also if it is written as 7.0 (JSON Schema,
/// section 6.1.1).
fn whole(value: &Value) -> Option<u64> {
    /// Up to this value, doubles represent every integer exactly.
    const MOST: f64 = (1_u64 << 53) as f64;
    let double = |double: &f64| double.fract() == 0.0 && (0.0..=MOST).contains(double);
    value.as_u64().or_else(|| value.as_f64().filter(double).map(|double| double as u64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whole_numbers_are_accepted_in_any_notation() {
        for (value, number) in
            [(json!(7), 7), (json!(7.0), 7), (json!(-0.0), 0), (json!(u64::MAX), u64::MAX)]
        {
            assert_eq!(whole(&value), Some(number), "{value}");
        }
        for value in [json!(1.5), json!(-1), json!(-7.0), json!(1e300), json!("7"), json!(null)] {
            assert_eq!(whole(&value), None, "{value}");
        }
    }
}
