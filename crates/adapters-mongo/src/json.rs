//! Exact conversion between JSON and BSON: member order, signed and unsigned 64-bit integers, and
//! doubles.

use bson::{Bson, Decimal128, Document};
use chrono::{DateTime, SecondsFormat};
use domain::ports::StoreError;
use serde_json::{Map, Number, Value};

/// Converts the members of a JSON object to a BSON document.
pub(crate) fn to_document(members: &Map<String, Value>) -> Result<Document, StoreError> {
    members.iter().map(|(key, value)| Ok((key.clone(), to_bson(value)?))).collect()
}

/// Converts a BSON document to the members of a JSON object. Types that JSON lacks, which this
/// module never writes, become relaxed Extended JSON.
pub(crate) fn from_document(document: Document) -> Map<String, Value> {
    document.into_iter().map(|(key, value)| (key, from_bson(value))).collect()
}

/// Converts a value of a document or of a comparison.
pub(crate) fn to_bson(value: &Value) -> Result<Bson, StoreError> {
    Ok(match value {
        Value::Null => Bson::Null,
        Value::Bool(flag) => Bson::Boolean(*flag),
        Value::Number(number) => to_number(number)?,
        Value::String(text) => Bson::String(text.clone()),
        Value::Array(items) => Bson::Array(items.iter().map(to_bson).collect::<Result<_, _>>()?),
        Value::Object(members) => Bson::Document(to_document(members)?),
    })
}

/// BSON has no unsigned integers; a decimal holds 34 digits, and compares as a number.
fn to_number(number: &Number) -> Result<Bson, StoreError> {
    if let Some(integer) = number.as_i64() {
        Ok(i32::try_from(integer).map_or(Bson::Int64(integer), Bson::Int32))
    } else if let Some(integer) = number.as_u64() {
        let decimal = integer.to_string().parse::<Decimal128>();
        decimal.map(Bson::Decimal128).map_err(StoreError::unavailable)
    } else {
        number.as_f64().map(Bson::Double).ok_or_else(|| StoreError::unavailable("not a number"))
    }
}

fn from_bson(value: Bson) -> Value {
    match value {
        Bson::Null => Value::Null,
        Bson::Boolean(flag) => Value::Bool(flag),
        Bson::Int32(integer) => integer.into(),
        Bson::Int64(integer) => integer.into(),
        Bson::Double(number) if number.is_finite() => number.into(),
        Bson::String(text) => Value::String(text),
        Bson::Array(items) => Value::Array(items.into_iter().map(from_bson).collect()),
        Bson::Document(document) => Value::Object(from_document(document)),
        Bson::DateTime(time) => DateTime::from_timestamp_millis(time.timestamp_millis())
            .map(|time| Value::String(time.to_rfc3339_opts(SecondsFormat::Millis, true)))
            .unwrap_or_else(|| Bson::DateTime(time).into_relaxed_extjson()),
        Bson::Decimal128(decimal) => decimal
            .to_string()
            .parse::<u64>()
            .map_or_else(|_| Bson::Decimal128(decimal).into_relaxed_extjson(), Value::from),
        other => other.into_relaxed_extjson(),
    }
}

#[cfg(test)]
mod tests {
    use bson::oid::ObjectId;
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        let Value::Object(members) = value else { panic!("{value}") };
        members
    }

    #[test]
    fn json_survives_a_bson_round_trip() {
        let members = object(json!({
            "z": [0, -1, i32::MAX, i64::MIN, i64::MAX, u64::MAX, 9_223_372_036_854_775_808_u64],
            "a": [1.0, -0.0, 0.1, 5e-324, f64::MAX],
            "": {"nested": null, "text": "\0 \u{1F600}", "none": {}, "empty": []},
        }));
        let back = from_document(to_document(&members).unwrap());
        assert_eq!(serde_json::to_string(&back).unwrap(), serde_json::to_string(&members).unwrap());
    }

    #[test]
    fn small_integers_are_stored_as_int32() {
        let document = to_document(&object(json!({"a": 7, "b": 1_u64 << 40}))).unwrap();
        assert_eq!(document.get("a"), Some(&Bson::Int32(7)));
        assert_eq!(document.get("b"), Some(&Bson::Int64(1 << 40)));
    }

    #[test]
    fn foreign_bson_types_become_extended_json() {
        let id = ObjectId::parse_str("507f1f77bcf86cd799439011").unwrap();
        let document = bson::doc! {
            "oid": id,
            "at": bson::DateTime::from_millis(1_767_225_600_001),
            "price": "12.50".parse::<Decimal128>().unwrap(),
            "nan": f64::NAN,
        };
        let expected = json!({
            "oid": {"$oid": "507f1f77bcf86cd799439011"},
            "at": "2026-01-01T00:00:00.001Z",
            "price": {"$numberDecimal": "12.50"},
            "nan": {"$numberDouble": "NaN"},
        });
        assert_eq!(Value::Object(from_document(document)), expected);
    }
}
