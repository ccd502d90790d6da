//! Strict JSON parser. It rejects input that parsers interpret differently: objects with duplicate
//! members, integers of more than 64 bits, and decimals that a double does not represent exactly as
//! written (RFC 8259, sections 4 and 6).

use std::{fmt, mem};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::numbers::{self, Lost};
use crate::problem::{Code, ErrorLocation, FieldError, FieldErrors, Problem};

/// Parses exactly one value, nested at most 127 levels deep (serde_json's own limit).
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut reader = Reader::default();
    let value = read(bytes, &mut reader)?;
    match numbers::lost(bytes, &reader.doubles) {
        lost if lost.is_empty() => Ok(value),
        lost => Err(Problem::invalid(Code::ValidationFailed, lost_at(&value, &lost))),
    }
}

/// [`parse`] for callers that store no numbers: numbers that would lose digits are accepted.
pub(crate) fn parse_but_numbers(bytes: &[u8]) -> Result<Value, Problem> {
    read(bytes, &mut Reader::default())
}

fn read(bytes: &[u8], reader: &mut Reader) -> Result<Value, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = reader.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) if reader.twice.is_empty() => Ok(value),
        Err(error) if !reader.twice.is_full() => {
            let location = ErrorLocation::Pointer(&reader.pointer);
            if is_out_of_range(&error) {
                let error = FieldError::new(location, "out_of_range", Lost::Digits.detail());
                return Err(Problem::invalid(Code::ValidationFailed, error));
            }
            let error = FieldError::new(location, "syntax", format!("can't be read: {error}"));
            Err(Problem::invalid(Code::MalformedJson, error))
        }
        _ => Err(Problem::invalid(Code::MalformedJson, mem::take(&mut reader.twice))),
    }
}

/// Whether parsing failed at a number that exceeds the range of a double.
fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("number out of range")
}

/// Errors for the `lost` numbers, with their locations in `value`.
fn lost_at(value: &Value, lost: &[(usize, Lost)]) -> FieldErrors {
    let mut lost = lost.iter().peekable();
    let mut errors = FieldErrors::default();
    let mut count = 0;
    walk(value, &mut String::new(), &mut |pointer| {
        if let Some((_, lost)) = lost.next_if(|(number, _)| *number == count) {
            errors.push(FieldError::new(
                ErrorLocation::Pointer(pointer),
                "out_of_range",
                lost.detail(),
            ));
        }
        count += 1;
    });
    errors
}

/// Calls `see` with the JSON Pointer of each number in `value`, in order.
fn walk(value: &Value, pointer: &mut String, see: &mut impl FnMut(&str)) {
    let mut below = |token: &str, value: &Value| {
        let above = pointer.len();
        pointer.push('/');
        pointer.push_str(token);
        walk(value, pointer, see);
        pointer.truncate(above);
    };
    match value {
        Value::Number(_) => see(pointer),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| below(&index.to_string(), item));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| below(&escaped(name), member));
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Escapes a member name as a token of a JSON Pointer (RFC 6901, section 3).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// State of the parser. After a failure, it contains the location of the error.
#[derive(Default)]
struct Reader {
    pointer: String,
    twice: FieldErrors,
    /// Count of numbers read so far.
    numbers: usize,
    /// Numbers parsed as doubles, with their index among all numbers.
    doubles: Vec<(usize, f64)>,
}

impl Reader {
    /// Runs `read` one level deeper.
    fn below<T, E>(
        &mut self,
        token: &str,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let above = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(token);
        let read = read(self)?;
        self.pointer.truncate(above);
        Ok(read)
    }

    /// Adds an error for the duplicate member `token` of the current object.
    fn refuse_twice(&mut self, token: &str) {
        let above = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(token);
        let location = ErrorLocation::Pointer(&self.pointer);
        self.twice.push(FieldError::new(location, "duplicate", "is there more than once"));
        self.pointer.truncate(above);
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        self.numbers += 1;
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        self.numbers += 1;
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.doubles.push((self.numbers, value));
        self.numbers += 1;
        let number = Number::from_f64(value).map(Value::Number);
        number.ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let index = items.len().to_string();
            match self.below(&index, |reader| seq.next_element_seed(reader))? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let token = escaped(&name);
            let value = self.below(&token, |reader| map.next_value_seed(reader))?;
            if members.insert(name, value).is_some() {
                self.refuse_twice(&token);
                if self.twice.is_full() {
                    return Err(A::Error::custom("too many errors"));
                }
            }
        }
        Ok(Value::Object(members))
    }
}
