//! Translation of filters and sort orders to MongoDB.

use bson::{Bson, Document as Fields, doc};
use domain::model::{
    Condition, Document, DocumentQuery, FieldPath, Filter, Position, Sort, SortKey, ValueSet,
};
use domain::ports::StoreError;
use serde_json::Value;

use super::ids;
use super::place::Place;
use crate::json::to_bson;

/// Field with the text form of an id, while documents are sorted.
const SHOWN: &str = "shown";
/// Field that marks documents whose sort values exceed the maximum size of a position. They come
/// first on every page, so that the list can be refused.
pub(super) const TOO_LARGE: &str = "too_large";

/// Filters for `query`, one for each type of keys; with the order by id, also restricted to
/// documents after its position.
pub(super) fn filters(place: &Place<'_>, query: &DocumentQuery) -> Result<Vec<Fields>, StoreError> {
    let after = query.after.as_ref().filter(|_| query.sort.is_by_id());
    let own = place.ranges(after.map(|after| &after.id));
    if query.filter == Filter::default() {
        return Ok(own);
    }
    let passing = passing(place, &query.filter)?;
    Ok(own.into_iter().map(|own| doc! { "$and": [own, passing.clone()] }).collect())
}

/// The aggregation stages that find the first `limit` ids of `query`, in its order.
///
/// Each value is wrapped into a document: MongoDB would order an array by one of its items (MongoDB
/// manual, "Sort by an Array Field"), but compares a document as a whole.
pub(super) fn sorted_ids(
    place: &Place<'_>,
    query: &DocumentQuery,
    limit: i64,
) -> Result<Vec<Fields>, StoreError> {
    let mut values = doc! { "_id": 1 };
    let mut order = Fields::new();
    // The order by id alone uses an index.
    let is_measured = values_of(&query.sort).len() > 0;
    if is_measured {
        order.insert(TOO_LARGE, -1);
    }
    for (index, key) in values_of(&query.sort).enumerate() {
        let value = doc! { "$ifNull": [format!("${}", key.path), Bson::Null] };
        values.insert(name(index), doc! { "v": value });
        order.insert(name(index), if key.descending { -1 } else { 1 });
    }
    if place.is_mixed() {
        values.insert(SHOWN, doc! { "$toString": "$_id" });
    }
    order.insert(id_of(place), if ids_descend(&query.sort) { -1 } else { 1 });
    let found = match <[Fields; 1]>::try_from(filters(place, query)?) {
        Ok([only]) => only,
        Err(filters) => doc! { "$or": filters },
    };
    let mut stages = vec![doc! { "$match": found }, doc! { "$project": values }];
    if is_measured {
        stages.push(doc! { "$set": { TOO_LARGE: is_too_large(&query.sort) } });
    }
    if let Some(after) = &query.after {
        let after = doc! { "$expr": is_after(place, &query.sort, after)? };
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
    let sizes =
        (0..values_of(sort).len()).map(|index| doc! { "$bsonSize": format!("${}", name(index)) });
    let sizes: Vec<_> = sizes.collect();
    let room = Position::MAX_BYTES + 8 * sizes.len();
    doc! { "$gt": [{ "$add": sizes }, i64::try_from(room).unwrap_or(i64::MAX)] }
}

/// The sort keys except for the id, which is always last.
fn values_of(sort: &Sort) -> impl DoubleEndedIterator<Item = &SortKey> + ExactSizeIterator {
    let keys = sort.keys();
    let by_id = keys.last().is_some_and(|last| last.path.as_str() == Document::ID);
    keys[..keys.len() - usize::from(by_id)].iter()
}

fn ids_descend(sort: &Sort) -> bool {
    sort.keys().last().is_some_and(|last| last.path.as_str() == Document::ID && last.descending)
}

/// The field by which ids are ordered.
fn id_of(place: &Place<'_>) -> &'static str {
    if place.is_mixed() { SHOWN } else { "_id" }
}

fn name(index: usize) -> String {
    format!("key{index}")
}

/// An expression that is true for documents after `position`.
fn is_after(place: &Place<'_>, sort: &Sort, position: &Position) -> Result<Fields, StoreError> {
    let past = |descending| if descending { "$lt" } else { "$gt" };
    let key = doc! { "$literal": place.key(&position.id) };
    let mut after = doc! { past(ids_descend(sort)): [format!("${}", id_of(place)), key] };
    for (index, (key, value)) in values_of(sort).zip(&position.values).enumerate().rev() {
        let (field, value) =
            (format!("${}", name(index)), doc! { "$literal": { "v": to_bson(value)? } });
        let same = doc! { "$and": [{ "$eq": [&field, value.clone()] }, after] };
        after = doc! { "$or": [{ past(key.descending): [field, value] }, same] };
    }
    Ok(after)
}

fn passing(place: &Place<'_>, filter: &Filter) -> Result<Fields, StoreError> {
    let all = |filters: &[Filter]| -> Result<Vec<Fields>, StoreError> {
        filters.iter().map(|filter| passing(place, filter)).collect()
    };
    Ok(match filter {
        Filter::And(filters) if filters.is_empty() => Fields::new(),
        Filter::And(filters) => doc! { "$and": all(filters)? },
        Filter::Or(filters) => doc! { "$or": all(filters)? },
        Filter::Field(path, condition) if place.is_mixed() && path.as_str() == Document::ID => {
            ids::holding(condition)?
        }
        Filter::Field(path, condition) => doc! { path.as_str(): holding(place, path, condition)? },
    })
}

fn holding(
    place: &Place<'_>,
    path: &FieldPath,
    condition: &Condition,
) -> Result<Fields, StoreError> {
    let one = |value: &Value| compared(place, path, value);
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
fn compared(place: &Place<'_>, path: &FieldPath, value: &Value) -> Result<Bson, StoreError> {
    match value {
        Value::String(id) if path.as_str() == Document::ID => Ok(place.key_of(id).into()),
        value => to_bson(value),
    }
}
