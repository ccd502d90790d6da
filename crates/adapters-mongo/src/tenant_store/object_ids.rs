//! `ObjectId`s in collections that another program wrote. The API shows them as their 24 lower-case
//! hex digits, which also determine their order among text ids.

use bson::oid::ObjectId;
use bson::{Bson, Document as Fields, doc};
use domain::model::{Condition, Document};
use domain::ports::StoreError;
use serde_json::Value;

use crate::json::to_bson;

/// The least `ObjectId`.
pub(super) const MIN: ObjectId = ObjectId::from_bytes([0; 12]);

const HEX_DIGITS: usize = 24;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// The `ObjectId` whose hex form is `text`.
pub(super) fn object_id(text: &str) -> Option<ObjectId> {
    let is_canonical = text.len() == HEX_DIGITS && text.bytes().all(|byte| HEX.contains(&byte));
    ObjectId::parse_str(text).ok().filter(|_| is_canonical)
}

/// The first `ObjectId` after `text`, if there is one.
pub(super) fn first_after(text: &str) -> Option<ObjectId> {
    match object_id(text) {
        Some(same) => next(number(same)),
        None => first_from(text),
    }
}

/// The first `ObjectId` that equals `text` or comes after it.
fn first_from(text: &str) -> Option<ObjectId> {
    let mut first: u128 = 0;
    for (at, byte) in text.bytes().enumerate() {
        let Some(rest) = HEX_DIGITS.checked_sub(at + 1) else {
            // `text` continues where the ids end.
            return next(first);
        };
        let unit = 1_u128 << (4 * rest);
        let Some((digit, hex)) = (0..).zip(HEX).find(|(_, hex)| **hex >= byte) else {
            // After all ids with this prefix.
            return next(first + 16 * unit - 1);
        };
        first += digit * unit;
        if *hex > byte {
            break;
        }
    }
    Some(from_number(first))
}

fn number(id: ObjectId) -> u128 {
    id.bytes().iter().fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

fn next(number: u128) -> Option<ObjectId> {
    let next = number + 1;
    (next >> (4 * HEX_DIGITS) == 0).then(|| from_number(next))
}

fn from_number(number: u128) -> ObjectId {
    let [_, _, _, _, id @ ..] = number.to_be_bytes();
    ObjectId::from_bytes(id)
}

/// Filter for documents whose id, text or `ObjectId`, meets `condition`.
pub(super) fn id_filter(condition: &Condition) -> Result<Fields, StoreError> {
    Ok(match condition {
        Condition::Equal(value) => doc! { "_id": { "$in": with_object_ids([value])? } },
        Condition::NotEqual(value) => doc! { "_id": { "$nin": with_object_ids([value])? } },
        Condition::OneOf(values) => doc! { "_id": { "$in": with_object_ids(values.iter())? } },
        Condition::NoneOf(values) => doc! { "_id": { "$nin": with_object_ids(values.iter())? } },
        Condition::Greater(value) => comparison("$gt", value, "$gte", first_after)?,
        Condition::AtLeast(value) => comparison("$gte", value, "$gte", first_from)?,
        Condition::Less(value) => comparison("$lt", value, "$lt", first_from)?,
        Condition::AtMost(value) => comparison("$lte", value, "$lt", first_after)?,
        Condition::Exists(exists) => doc! { "_id": { "$exists": exists } },
    })
}

/// All values with their `ObjectId` forms.
fn with_object_ids<'a>(
    values: impl IntoIterator<Item = &'a Value>,
) -> Result<Vec<Bson>, StoreError> {
    let mut all = Vec::new();
    for value in values {
        all.push(to_bson(value)?);
        all.extend(value.as_str().and_then(object_id).map(Bson::from));
    }
    Ok(all)
}

/// Filter for text ids that compare to `value` by `text_operator`, and for `ObjectId`s that compare
/// to `bound` by `id_operator`.
fn comparison(
    text_operator: &str,
    value: &Value,
    id_operator: &str,
    bound: impl Fn(&str) -> Option<ObjectId>,
) -> Result<Fields, StoreError> {
    let texts = doc! { Document::ID: { text_operator: to_bson(value)? } };
    // Comparisons match only values of the same type.
    let Some(text) = value.as_str() else { return Ok(texts) };
    let ids = match bound(text) {
        Some(bound) => doc! { id_operator: bound },
        None if id_operator == "$lt" => doc! { "$gte": MIN },
        None => return Ok(texts),
    };
    Ok(doc! { "$or": [texts, { Document::ID: ids }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: &str = "000000000000000000000000";
    const MIDDLE: &str = "5f0000000000000000000a9f";
    const HIGH: &str = "ffffffffffffffffffffffff";

    #[test]
    fn object_ids_have_one_text_form() {
        for text in [LOW, MIDDLE, HIGH] {
            assert_eq!(object_id(text).unwrap().to_hex(), text);
        }
        for text in ["", "5F0000000000000000000A9F", &LOW[1..], "00000000000000000000000g", "é"] {
            assert_eq!(object_id(text), None, "{text}");
        }
    }

    #[test]
    fn object_ids_are_ordered_among_text_ids_by_their_digits() {
        let after = |text: &str| first_after(text).map(|id| id.to_hex());
        let from = |text: &str| first_from(text).map(|id| id.to_hex());
        let up_to = |start: &str, fill: &str| {
            Some(format!("{start}{}", fill.repeat(HEX_DIGITS - start.len())))
        };
        for (text, first) in [
            ("", up_to("", "0")),
            ("#", up_to("", "0")),
            ("5", up_to("5", "0")),
            ("5f", up_to("5f", "0")),
            // `:` and `A` come after `9`, and before `a`.
            ("5:", up_to("5a", "0")),
            ("5A", up_to("5a", "0")),
            ("5g", up_to("6", "0")),
            ("5fz", up_to("60", "0")),
            ("ff5~", up_to("ff6", "0")),
            ("fz", None),
            ("g", None),
            ("é", None),
            ("5f0000000000000000000a9f ", Some("5f0000000000000000000aa0".into())),
            ("5f0000000000000000000a9z", Some("5f0000000000000000000aa0".into())),
            ("ffffffffffffffffffffffff0", None),
        ] {
            assert_eq!(from(text), first, "{text}");
            assert_eq!(after(text), first, "{text}");
        }
        for (text, next) in [
            (LOW, Some("000000000000000000000001")),
            (MIDDLE, Some("5f0000000000000000000aa0")),
            (HIGH, None),
        ] {
            assert_eq!(from(text).as_deref(), Some(text));
            assert_eq!(after(text).as_deref(), next);
        }
    }
}
