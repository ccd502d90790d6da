//! Records as JSON, and pages of them.

use std::ops::Bound;

use domain::model::{Document, Invalid, Page, PageSize};
use domain::ports::StoreError;
use redb::{Range, ReadableTable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::stop::Stop;
use crate::tables::DOCUMENTS;

/// A record as it is stored.
pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(StoreError::unavailable)
}

/// A stored record of `table` under `id`.
pub(crate) fn decode<T: DeserializeOwned>(
    table: &'static str,
    id: &str,
    json: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|error| corrupt(table, id, place(&error)))
}

/// A stored document under `key`. Validates and copies the text without building a tree of values.
pub(crate) fn document(key: &str, json: &[u8]) -> Result<Document, StoreError> {
    Document::from_json(json).map_err(|error| corrupt(DOCUMENTS, key, place(&error)))
}

/// The record of `table` under `id`.
pub(crate) fn find<T, E>(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    table: &'static str,
    id: &str,
) -> Result<Option<T>, Stop<E>>
where
    T: DeserializeOwned,
    E: From<StoreError>,
{
    let json = records.get(id)?;
    Ok(json.map(|json| decode(table, id, json.value())).transpose()?)
}

/// The record of `table` that an index leads to under `id`: it has to be there.
pub(crate) fn follow<T, E>(
    records: &impl ReadableTable<&'static str, &'static [u8]>,
    table: &'static str,
    id: &str,
) -> Result<T, Stop<E>>
where
    T: DeserializeOwned,
    E: From<StoreError>,
{
    let missing = || corrupt(table, id, "an index leads to it, but it is not there").into();
    find(records, table, id)?.ok_or_else(missing)
}

/// A text that an index of `table` holds under `id`, as the type it was made of.
pub(crate) fn text<T>(table: &'static str, id: &str, text: &str) -> Result<T, StoreError>
where
    T: TryFrom<String, Error = Invalid>,
{
    T::try_from(text.to_owned()).map_err(|invalid| corrupt(table, id, invalid.to_string()))
}

/// A record that can't be read; `field` says what is wrong, and never what it holds.
pub(crate) fn corrupt(table: &'static str, id: &str, field: impl Into<String>) -> StoreError {
    StoreError::Corrupt { collection: table, id: id.to_owned(), field: field.into() }
}

/// The keys after `key`, or all of them.
pub(crate) fn after(key: Option<&str>) -> (Bound<&str>, Bound<&str>) {
    (key.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
}

/// The records among the entries of `table`.
pub(crate) fn decoded<'a, T, E>(
    entries: Range<'a, &'static str, &'static [u8]>,
    table: &'static str,
) -> impl Iterator<Item = Result<T, Stop<E>>> + 'a
where
    T: DeserializeOwned + 'a,
    E: From<StoreError> + 'a,
{
    entries.map(move |entry| {
        let (id, json) = entry?;
        Ok(decode(table, id.value(), json.value())?)
    })
}

/// A page of `items`. The one after it may be unreadable: it is there all the same.
pub(crate) fn page<T, E>(
    items: impl Iterator<Item = Result<T, Stop<E>>>,
    size: PageSize,
) -> Result<Page<T>, Stop<E>> {
    let mut items = items.fuse();
    let first = items.by_ref().take(size.get()).collect::<Result<_, _>>()?;
    Ok(Page { items: first, more: items.next().is_some() })
}

/// Where a record stopped making sense. The error's own text would quote what stands there.
fn place(error: &serde_json::Error) -> String {
    let kind = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not what it should be",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("column {}: {kind}", error.column())
}
