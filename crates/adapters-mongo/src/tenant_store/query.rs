//! Translation of filters and sort orders to MongoDB.

use bson::{Bson, Document as Fields, doc};
use domain::model::{
    Condition, Document, DocumentQuery, FieldPath, Filter, Position, Sort, SortKey, ValueSet,
};
use domain::ports::StoreError;
use serde_json::Value;

use super::collection_ref::CollectionRef;
use super::object_ids;
use crate::json::to_bson;

/// Field with the text form of an id, while documents are sorted.
const ID_TEXT: &str = "shown";
/// Field that marks documents whose sort values exceed the maximum size of a position. They come
/// first on every page, so that the list can be refused.
pub(super) const TOO_LARGE: &str = "too_large";

/// Filters for `query`, one for each type of keys; with the order by id, also restricted to
/// documents after its position.
pub(super) fn filters(
    collection: &CollectionRef<'_>,
    query: &DocumentQuery,
) -> Result<Vec<Fields>, StoreError> {
    let after = query.after.as_ref().filter(|_| query.sort.is_by_id());
    let ranges = collection.range_filters(after.map(|after| &after.id));
    if query.filter == Filter::default() {
        return Ok(ranges);
    }
    let matching = filter_document(collection, &query.filter)?;
    Ok(ranges.into_iter().map(|range| doc! { "$and": [range, matching.clone()] }).collect())
}

/// The aggregation stages that find the first `limit` ids of `query`, in its order.
///
/// Each value is wrapped into a document: MongoDB would order an array by one of its items (MongoDB
/// manual, "Sort by an Array Field"), but compares a document as a whole.
pub(super) fn sorted_ids(
    collection: &CollectionRef<'_>,
    query: &DocumentQuery,
    limit: i64,
) -> Result<Vec<Fields>, StoreError> {
    let mut values = doc! { "_id": 1 };
    let mut order = Fields::new();
    // The order by id alone uses an index.
    let is_measured = value_keys(&query.sort).len() > 0;
    if is_measured {
        order.insert(TOO_LARGE, -1);
    }
    for (index, key) in value_keys(&query.sort).enumerate() {
        let value = doc! { "$ifNull": [format!("${}", key.path), Bson::Null] };
        values.insert(value_field(index), doc! { "v": value });
        order.insert(value_field(index), if key.descending { -1 } else { 1 });
    }
    if collection.has_object_ids() {
        values.insert(ID_TEXT, doc! { "$toString": "$_id" });
    }
    order.insert(id_field(collection), if ids_descend(&query.sort) { -1 } else { 1 });
    let found = match <[Fields; 1]>::try_from(filters(collection, query)?) {
        Ok([only]) => only,
        Err(filters) => doc! { "$or": filters },
    };
    let mut stages = vec![doc! { "$match": found }, doc! { "$project": values }];
    if is_measured {
        stages.push(doc! { "$set": { TOO_LARGE: is_too_large(&query.sort) } });
    }
    if let Some(after) = &query.after {
        let after = doc! { "$expr": is_after(collection, &query.sort, after)? };
        stages.push(doc! { "$match": { "$or": [{ TOO_LARGE: true }, after] } });
    }
    stages.extend([
        doc! { "$sort": order },
        doc! { "$limit": limit },
        doc! { "$project": { "_id": 1, TOO_LARGE: 1 } },
    ]);
    Ok(stages)
}

/// An expression that is true where [`Sort::position`] refuses. Each value is in a separate
/// document, which has 8 bytes of overhead.
fn is_too_large(sort: &Sort) -> Fields {
    let sizes = (0..value_keys(sort).len())
        .map(|index| doc! { "$bsonSize": format!("${}", value_field(index)) });
    let sizes: Vec<_> = sizes.collect();
    let room = Position::MAX_BYTES + 8 * sizes.len();
    doc! { "$gt": [{ "$add": sizes }, i64::try_from(room).unwrap_or(i64::MAX)] }
}

/// The sort keys except for the id, which is always last.
fn value_keys(sort: &Sort) -> impl DoubleEndedIterator<Item = &SortKey> + ExactSizeIterator {
    let keys = sort.keys();
    let by_id = keys.last().is_some_and(|last| last.path.as_str() == Document::ID);
    keys[..keys.len() - usize::from(by_id)].iter()
}

fn ids_descend(sort: &Sort) -> bool {
    sort.keys().last().is_some_and(|last| last.path.as_str() == Document::ID && last.descending)
}

/// The field by which ids are ordered.
fn id_field(collection: &CollectionRef<'_>) -> &'static str {
    if collection.has_object_ids() { ID_TEXT } else { "_id" }
}

fn value_field(index: usize) -> String {
    format!("key{index}")
}

/// An expression that is true for documents after `position`.
fn is_after(
    collection: &CollectionRef<'_>,
    sort: &Sort,
    position: &Position,
) -> Result<Fields, StoreError> {
    let past = |descending| if descending { "$lt" } else { "$gt" };
    let key = doc! { "$literal": collection.key(&position.id) };
    let mut after = doc! { past(ids_descend(sort)): [format!("${}", id_field(collection)), key] };
    for (index, (key, value)) in value_keys(sort).zip(&position.values).enumerate().rev() {
        let field = format!("${}", value_field(index));
        let value = doc! { "$literal": { "v": to_bson(value)? } };
        let same = doc! { "$and": [{ "$eq": [&field, value.clone()] }, after] };
        after = doc! { "$or": [{ past(key.descending): [field, value] }, same] };
    }
    Ok(after)
}

fn filter_document(collection: &CollectionRef<'_>, filter: &Filter) -> Result<Fields, StoreError> {
    let all = |filters: &[Filter]| -> Result<Vec<Fields>, StoreError> {
        filters.iter().map(|filter| filter_document(collection, filter)).collect()
    };
    Ok(match filter {
        Filter::And(filters) if filters.is_empty() => Fields::new(),
        Filter::And(filters) => doc! { "$and": all(filters)? },
        Filter::Or(filters) => doc! { "$or": all(filters)? },
        Filter::Field(path, condition)
            if collection.has_object_ids() && path.as_str() == Document::ID =>
        {
            object_ids::id_filter(condition)?
        }
        Filter::Field(path, condition) => {
            doc! { path.as_str(): condition_document(collection, path, condition)? }
        }
    })
}

fn condition_document(
    collection: &CollectionRef<'_>,
    path: &FieldPath,
    condition: &Condition,
) -> Result<Fields, StoreError> {
    let one = |value: &Value| operand(collection, path, value);
    let several = |values: &ValueSet| values.iter().map(one).collect::<Result<Vec<_>, _>>();
    Ok(match condition {
        Condition::Equal(value) => doc! { "$eq": one(value)? },
        Condition::NotEqual(value) => doc! { "$ne": one(value)? },
        Condition::Greater(value) => doc! { "$gt": one(value)? },
        Condition::AtLeast(value) => doc! { "$gte": one(value)? },
        Condition::Less(value) => doc! { "$lt": one(value)? },
        Condition::AtMost(value) => doc! { "$lte": one(value)? },
        Condition::OneOf(values) => doc! { "$in": several(values)? },
        Condition::NoneOf(values) => doc! { "$nin": several(values)? },
        Condition::Exists(exists) => doc! { "$exists": exists },
    })
}

/// The value to compare with at `path`: in the shared collection, an id is only a part of the key.
fn operand(
    collection: &CollectionRef<'_>,
    path: &FieldPath,
    value: &Value,
) -> Result<Bson, StoreError> {
    match value {
        Value::String(id) if path.as_str() == Document::ID => Ok(collection.text_key(id).into()),
        value => to_bson(value),
    }
}
