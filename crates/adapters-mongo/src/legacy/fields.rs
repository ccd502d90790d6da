//! Field values that other programs wrote.

use bson::{Bson, Document};
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::model::Timestamp;

/// An id as text: an `ObjectId` as its hex digits, and any other type as relaxed Extended JSON.
pub(super) fn id(value: Bson) -> String {
    match value {
        Bson::String(text) => text,
        Bson::ObjectId(id) => id.to_hex(),
        other => other.into_relaxed_extjson().to_string(),
    }
}

/// The id in `field`.
pub(super) fn id_in(document: &Document, field: &str) -> Option<String> {
    document.get(field).filter(|value| **value != Bson::Null).cloned().map(id)
}

/// The first of `fields` that contains text.
pub(super) fn text(document: &Document, fields: &[&str]) -> Option<String> {
    fields.iter().find_map(|field| document.get_str(field).ok()).map(ToOwned::to_owned)
}

/// Whether `field` is present and true.
pub(super) fn is_true(document: &Document, field: &str) -> bool {
    document.get_bool(field).unwrap_or_default()
}

/// Whether `is_active` is true or not set, and `is_deleted` is false or not set. A value of another
/// type deactivates.
pub(super) fn is_active(document: &Document) -> bool {
    let is_unless = |field, value: bool| {
        matches!(document.get(field), None | Some(Bson::Null))
            || document.get(field) == Some(&Bson::Boolean(value))
    };
    is_unless("is_active", true) && is_unless("is_deleted", false)
}

/// The time in `field`: a date, or text in ISO 8601 format. A time without a zone is UTC.
pub(super) fn time(document: &Document, field: &str) -> Option<Timestamp> {
    let time = match document.get(field)? {
        Bson::DateTime(time) => DateTime::from_timestamp_millis(time.timestamp_millis()),
        Bson::String(text) => read(text),
        _ => None,
    };
    time.map(Timestamp::new)
}

fn read(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let naive = || text.parse::<NaiveDateTime>().map(|time| time.and_utc());
    zoned.or_else(|_| naive()).ok()
}

#[cfg(test)]
mod tests {
    use bson::{doc, oid::ObjectId};

    use super::*;

    #[test]
    fn legacy_ids_become_text() {
        let hex = "65a000000000000000000001";
        assert_eq!(id(ObjectId::parse_str(hex).unwrap().into()), hex);
        assert_eq!(id("x".into()), "x");
        assert_eq!(id(7.into()), "7");
        assert_eq!(id(doc! { "a": 1 }.into()), r#"{"a":1}"#);
        assert_eq!(id_in(&doc! { "admin_id": Bson::Null }, "admin_id"), None);
    }

    #[test]
    fn legacy_times_are_dates_or_text() {
        let date = DateTime::parse_from_rfc3339("2025-01-02T03:04:05.678Z").unwrap().to_utc();
        let expected = Some(Timestamp::new(date));
        let document = doc! {
            "date": bson::DateTime::from_millis(date.timestamp_millis()),
            "zoned": "2025-01-02T04:04:05.678+01:00",
            "naive": "2025-01-02T03:04:05.678912",
            "other": 7,
            "words": "yesterday",
        };
        for field in ["date", "zoned", "naive"] {
            assert_eq!(time(&document, field), expected, "{field}");
        }
        for field in ["other", "words", "missing"] {
            assert_eq!(time(&document, field), None, "{field}");
        }
    }
}
