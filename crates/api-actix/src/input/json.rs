//! JSON, read strictly. What means different things to different readers is refused: an object with the
//! same member twice, and an integer of more than 64 bits (RFC 8259, sections 4 and 6).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::numbers;
use crate::problem::{Code, FieldError, Place, Problem};

/// Reads one value and nothing after it, nested at most 127 levels deep (serde_json's own limit).
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut reader = Reader::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = reader.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(_) if !reader.twice.is_empty() => {
            Err(Problem::invalid(Code::MalformedJson, reader.twice))
        }
        Ok(value) => reader.check_numbers(bytes).map(|()| value),
        Err(error) => {
            let place = Place::Pointer(reader.pointer);
            let error = FieldError::new(place, "syntax", format!("can't be read: {error}"));
            Err(Problem::invalid(Code::MalformedJson, vec![error]))
        }
    }
}

/// A member's name as a token of a JSON Pointer (RFC 6901, section 3).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Where reading has come to, which is where it stopped when it fails.
#[derive(Default)]
struct Reader {
    pointer: String,
    twice: Vec<FieldError>,
    /// How many numbers were read.
    numbers: usize,
    /// Those that may stand for an integer that was too large, by their count, and where they are.
    large: Vec<(usize, String)>,
}

impl Reader {
    /// Does `read` one level down.
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
}

impl Reader {
    /// Refuses integers beyond 64 bits, which were read as the nearest of another kind of number.
    fn check_numbers(self, bytes: &[u8]) -> Result<(), Problem> {
        if self.large.is_empty() {
            return Ok(());
        }
        let written: Vec<&[u8]> = numbers::literals(bytes).collect();
        let is_integer = |literal: &&[u8]| !literal.iter().any(|byte| b".eE".contains(byte));
        let too_large =
            self.large.into_iter().filter(|(count, _)| written.get(*count).is_some_and(is_integer));
        let errors: Vec<_> = too_large
            .map(|(_, pointer)| {
                let detail = "must be an integer of at most 64 bits, or a decimal number";
                FieldError::new(Place::Pointer(pointer), "out_of_range", detail)
            })
            .collect();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(Code::ValidationFailed, errors))
        }
    }

    fn number(&mut self, large: bool) {
        if large {
            self.large.push((self.numbers, self.pointer.clone()));
        }
        self.numbers += 1;
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
        self.number(false);
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        self.number(false);
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.number(value.abs() >= i64::MAX as f64);
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
                let place = Place::Pointer(format!("{}/{token}", self.pointer));
                self.twice.push(FieldError::new(place, "duplicate", "is there more than once"));
            }
        }
        Ok(Value::Object(members))
    }
}
