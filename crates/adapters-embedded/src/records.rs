//! Records as JSON, and pages of them.

use std::ops::Bound;

use domain::model::{Document, Invalid, Page, PageSize};
use domain::ports::StoreError;
use redb::{Range, ReadableTable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::tables::DOCUMENTS;
use crate::tx_error::TxError;

/// Encodes a record for storage.
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(StoreError::unavailable)
}

/// Decodes the record of `table` under `id`.
pub(crate) fn decode<T: DeserializeOwned>(
    table: &'static str,
    id: &str,
    json: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|error| corrupt(table, id, error_position(&error)))
}

/// Decodes the document under `key`. Validates and copies the text without building a tree of
/// values.
pub(crate) fn document(key: &str, json: &[u8]) -> Result<Document, StoreError> {
    Document::from_json(json).map_err(|error| corrupt(DOCUMENTS, key, error_position(&error)))
}

/// The record of `table` under `id`.
pub(crate) fn find<T, E>(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    table: &'static str,
    id: &str,
) -> Result<Option<T>, TxError<E>>
where
    T: DeserializeOwned,
    E: From<StoreError>,
{
    let json = records.get(id)?;
    Ok(json.map(|json| decode(table, id, json.value())).transpose()?)
}

/// The record of `table` to which an index entry refers: it has to exist.
pub(crate) fn follow<T, E>(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    table: &'static str,
    id: &str,
) -> Result<T, TxError<E>>
where
    T: DeserializeOwned,
    E: From<StoreError>,
{
    let missing = || corrupt(table, id, "an index leads to it, but it is not there").into();
    find(records, table, id)?.ok_or_else(missing)
}

/// Parses a text that an index of `table` contains under `id`.
pub(crate) fn parse_text<T>(table: &'static str, id: &str, text: &str) -> Result<T, StoreError>
where
    T: TryFrom<String, Error = Invalid>,
{
    T::try_from(text.to_owned()).map_err(|invalid| corrupt(table, id, invalid.to_string()))
}

/// An unreadable record; `field` names the problem, and never contains the value.
pub(crate) fn corrupt(table: &'static str, id: &str, field: impl Into<String>) -> StoreError {
    StoreError::Corrupt { collection: table, id: id.to_owned(), field: field.into() }
}

/// The keys after `key`, or all of them.
pub(crate) fn after(key: Option<&str>) -> (Bound<&str>, Bound<&str>) {
    (key.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// The decoded records of the entries of `table`.
pub(crate) fn decoded<'a, T, E>(
    entries: Range<'a, &'static str, &'static [u8]>,
    table: &'static str,
) -> impl Iterator<Item = Result<T, TxError<E>>> + 'a
where
    T: DeserializeOwned + 'a,
    E: From<StoreError> + 'a,
{
    entries.map(move |entry| {
        let (id, json) = entry?;
        Ok(decode(table, id.value(), json.value())?)
    })
}

/// A page of `items`. The extra item after it need not be readable.
pub(crate) fn page<T, E>(
    items: impl Iterator<Item = Result<T, TxError<E>>>,
    size: PageSize,
) -> Result<Page<T>, TxError<E>> {
    let mut items = items.fuse();
    let first = items.by_ref().take(size.get()).collect::<Result<_, _>>()?;
    Ok(Page { items: first, more: items.next().is_some() })
}

/// The position at which decoding failed. The error's own text would quote the stored value.
fn error_position(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not what it should be",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("column {}: {kind}", error.column())
}
