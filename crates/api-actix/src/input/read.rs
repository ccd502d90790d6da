//! Readers of single values.

use domain::model::{Invalid, InvalidAt, Role, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Why a value was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is of another JSON type; this is what it has to be.
    Type(&'static str),
    /// It, or what lies at a place in it, is not valid.
    Invalid(InvalidAt),
}

/// A text that `parse` takes.
pub(crate) fn text<T>(
    parse: impl FnOnce(String) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, Refused> {
    |value| match value {
        Value::String(text) => parse(text).map_err(|invalid| Refused::Invalid(invalid.into())),
        _ => Err(Refused::Type("must be a string")),
    }
}

/// An object that `parse` takes.
pub(crate) fn object<T>(
    parse: impl FnOnce(Map<String, Value>) -> Result<T, InvalidAt>,
) -> impl FnOnce(Value) -> Result<T, Refused> {
    |value| match value {
        Value::Object(members) => parse(members).map_err(Refused::Invalid),
        _ => Err(Refused::Type("must be an object")),
    }
}

/// `true` or `false`.
pub(crate) fn boolean(value: Value) -> Result<bool, Refused> {
    value.as_bool().ok_or(Refused::Type("must be true or false"))
}

/// A point in time.
pub(crate) fn time(text: String) -> Result<Timestamp, Invalid> {
    Timestamp::deserialize(Value::String(text))
        .map_err(|_| Invalid::Format("must be a time of RFC 3339, such as 2026-01-31T09:30:00Z"))
}

/// What an admin may do, in one word.
pub(crate) fn role(value: Value) -> Result<Role, Refused> {
    let word = Invalid::Format("must be owner, admin or viewer");
    match value {
        Value::String(_) => Role::deserialize(value).map_err(|_| Refused::Invalid(word.into())),
        _ => Err(Refused::Type("must be a string")),
    }
}

/// A number, not negative, that `parse` takes.
pub(crate) fn number<T>(
    parse: impl FnOnce(u64) -> Result<T, Invalid>,
) -> impl FnOnce(Value) -> Result<T, Refused> {
    const WHOLE: &str = "must be a whole number that is not negative";
    |value| match value.as_u64() {
        Some(number) => parse(number).map_err(|invalid| Refused::Invalid(invalid.into())),
        None => Err(Refused::Type(WHOLE)),
    }
}
