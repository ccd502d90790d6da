//! Domain records as documents: the fields of their JSON form, with `id` as `_id`, and times as
//! BSON dates.

use std::time::Duration;

use bson::{Bson, DateTime as Date, Document, doc};
use chrono::DateTime;
use domain::model::{Page, PageSize, Seq, Timestamp, Version};
use domain::ports::StoreError;
use mongodb::action::{Find, FindOne};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{MAX_TIME, collect, with_timeout};
use crate::json::{from_document, to_document};

/// The fields of records that hold times.
const TIME_FIELDS: [&str; 6] =
    ["created_at", "updated_at", "deleted_at", "lease_until", "last_login", "until"];

/// Encodes `record` for storage.
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Document, StoreError> {
    let Value::Object(members) = serde_json::to_value(record).map_err(StoreError::unavailable)?
    else {
        return Err(StoreError::unavailable("a record is not an object"));
    };
    let mut document = Document::new();
    for (key, value) in to_document(&members)? {
        match value {
            id if key == "id" => document.insert("_id", id),
            Bson::String(time) if TIME_FIELDS.contains(&key.as_str()) => {
                let date = DateTime::parse_from_rfc3339(&time).map_err(StoreError::unavailable)?;
                document.insert(key, Date::from_millis(date.timestamp_millis()))
            }
            other => document.insert(key, other),
        };
    }
    Ok(document)
}

/// Decodes a document of `collection`. Fields that the record type does not have, such as those for
/// an index, are ignored.
pub(crate) fn decode<T>(collection: &'static str, document: Document) -> Result<T, StoreError>
where
    T: DeserializeOwned,
{
    let mut members = from_document(document);
    let id = members.shift_remove("_id").unwrap_or_default();
    let id_text = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
    members.insert("id".to_owned(), id);
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let path = error.path().to_string();
        corrupt(collection, id_text, format!("{path}: {}", error_kind(error.inner())))
    })
}

/// An unreadable record; `field` names the problem, and never contains the value.
pub(crate) fn corrupt(
    collection: &'static str,
    id: impl Into<String>,
    field: impl Into<String>,
) -> StoreError {
    StoreError::Corrupt { collection, id: id.into(), field: field.into() }
}

/// A time as stored.
pub(crate) fn date(time: Timestamp) -> Date {
    Date::from_millis(time.unix_millis())
}

/// A number as stored; 32-bit and 64-bit numbers compare by value.
pub(crate) fn integer(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(StoreError::unavailable)
}

/// A trail position as stored; a position beyond the maximum becomes the maximum.
pub(crate) fn stored_position(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}

/// A duration in the server's unit.
pub(crate) fn millis(length: Duration) -> Result<i64, StoreError> {
    i64::try_from(length.as_millis()).map_err(StoreError::unavailable)
}

/// Filter for the record with this id and this version.
pub(crate) fn at_version(id: &str, version: Version) -> Result<Document, StoreError> {
    Ok(doc! { "_id": id, "version": integer(version.number())? })
}

/// The record of `collection` that `find` returns.
pub(crate) async fn find<T>(
    collection: &'static str,
    find: FindOne<'_, Document>,
) -> Result<Option<T>, StoreError>
where
    T: DeserializeOwned,
{
    let found = with_timeout(find.max_time(MAX_TIME)).await?;
    found.map(|document| decode(collection, document)).transpose()
}

/// Adds to `filter` that the id is after `last`.
pub(crate) fn after(mut filter: Document, last: Option<&str>) -> Document {
    if let Some(last) = last {
        filter.insert("_id", doc! { "$gt": last });
    }
    filter
}

/// A page of the results of `find`, in ascending order of ids. The extra record after it need not
/// be readable.
pub(crate) async fn page<T>(
    find: Find<'_, Document>,
    size: PageSize,
    read: impl Fn(Document) -> Result<T, StoreError>,
) -> Result<Page<T>, StoreError> {
    let limit = i64::try_from(size.get() + 1).map_err(StoreError::unavailable)?;
    let find = find.sort(doc! { "_id": 1 }).limit(limit).max_time(MAX_TIME);
    let documents: Vec<Document> = collect(find).await?;
    let more = documents.len() > size.get();
    let items = documents.into_iter().take(size.get()).map(read).collect::<Result<_, _>>()?;
    Ok(Page { items, more })
}

/// The kind of a decoding error. The error's own text may quote the stored value.
fn error_kind(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("missing field") { text } else { "not what it should be".to_owned() }
}

#[cfg(test)]
mod tests {
    use domain::model::{Organization, Timestamp};
    use port_contracts::fixtures::{deleting, provisioning};

    use super::*;

    #[test]
    fn times_are_stored_as_dates_and_the_id_as_key() {
        let document = encode(&deleting("o1", "Acme")).unwrap();
        assert_eq!(document.get_str("_id").unwrap(), "o1");
        assert!(document.get_datetime("created_at").is_ok());
        assert!(document.get_datetime("lease_until").is_ok());
        assert_eq!((document.get("id"), document.get("deleted_at")), (None, Some(&Bson::Null)));
    }

    #[test]
    fn records_survive_a_round_trip() {
        let record = provisioning("o1", "Acme");
        let read: Organization = decode("organizations", encode(&record).unwrap()).unwrap();
        assert_eq!(read, record);
    }

    #[test]
    fn corrupt_record_errors_name_the_field_without_its_content() {
        let mut document = encode(&provisioning("o1", "Acme")).unwrap();
        document.get_document_mut("phase").unwrap().insert("admin", "secret");
        document.insert("version", "secret");
        let error = decode::<Organization>("organizations", document).unwrap_err();
        assert!(error.to_string().contains("record o1 of organizations is corrupt at "), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        let missing = decode::<Organization>("organizations", doc! { "_id": "o1" }).unwrap_err();
        assert!(missing.to_string().contains("missing field"), "{missing}");
        let foreign = decode::<Timestamp>("organizations", doc! { "_id": 7 }).unwrap_err();
        assert!(foreign.to_string().contains("record 7 of"), "{foreign}");
    }
}
