//! Whether a document passes a filter, by the rules of MongoDB.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Condition, FieldPath, Filter};
use crate::model::Document;
use crate::model::value_order::{compare, is_comparable};

impl Filter {
    /// Whether `document` passes.
    #[must_use]
    pub fn matches(&self, document: &Document) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.matches(document)),
            Self::Or(filters) => filters.iter().any(|filter| filter.matches(document)),
            Self::Field(path, condition) => condition.holds(document, path),
        }
    }
}

impl Condition {
    fn holds(&self, document: &Document, path: &FieldPath) -> bool {
        let any = |test: &dyn Fn(Option<&Value>) -> bool| reach(document, path, true, test);
        match self {
            Self::Equal(value) => any(&|found| equal(found, value)),
            Self::NotEqual(value) => !any(&|found| equal(found, value)),
            Self::Greater(value) => any(&|found| ordered(found, value, Ordering::is_gt)),
            Self::AtLeast(value) => any(&|found| ordered(found, value, Ordering::is_ge)),
            Self::Less(value) => any(&|found| ordered(found, value, Ordering::is_lt)),
            Self::AtMost(value) => any(&|found| ordered(found, value, Ordering::is_le)),
            Self::OneOf(values) => any(&|found| values.iter().any(|value| equal(found, value))),
            Self::NoneOf(values) => !any(&|found| values.iter().any(|value| equal(found, value))),
            Self::Exists(expected) => {
                reach(document, path, false, &|found| found.is_some()) == *expected
            }
        }
    }
}

/// Null is equal to what is missing.
fn equal(found: Option<&Value>, value: &Value) -> bool {
    ordered(found, value, Ordering::is_eq)
}

/// Whether what is found stands to `value` as it should. What is missing is neither greater nor less than anything.
fn ordered(found: Option<&Value>, value: &Value, is: impl FnOnce(Ordering) -> bool) -> bool {
    match found {
        None => value.is_null() && is(Ordering::Equal),
        Some(found) => is_comparable(found, value) && is(compare(found, value)),
    }
}

/// Whether one of the values that `path` leads to passes `test`: it branches where it meets an array. With `items`, the
/// items of an array at its end are such values as well. None stands for a value that is missing.
fn reach(
    document: &Document,
    path: &FieldPath,
    items: bool,
    test: &dyn Fn(Option<&Value>) -> bool,
) -> bool {
    let mut parts = path.parts();
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let walk = Walk { items, test };
    if first == Document::ID {
        // It is text, which has nothing below it.
        let id = Value::String(document.id().to_string());
        return walk.value(Some(&id), &rest);
    }
    walk.value(document.fields().get(first), &rest)
}

struct Walk<'a> {
    items: bool,
    test: &'a dyn Fn(Option<&Value>) -> bool,
}

impl Walk<'_> {
    /// From `value` on, along `rest`.
    fn value(&self, value: Option<&Value>, rest: &[&str]) -> bool {
        match (value, rest) {
            (Some(Value::Array(items)), []) => self.leaf(items, value),
            (value, []) => (self.test)(value),
            (Some(Value::Object(members)), _) => self.object(members, rest),
            (Some(Value::Array(items)), _) => self.array(items, rest),
            _ => (self.test)(None),
        }
    }

    fn leaf(&self, items: &[Value], array: Option<&Value>) -> bool {
        let items = if self.items { items } else { &[] };
        items.iter().any(|item| (self.test)(Some(item))) || (self.test)(array)
    }

    fn object(&self, members: &Map<String, Value>, rest: &[&str]) -> bool {
        let (name, rest) = rest.split_first().map_or(("", rest), |(name, rest)| (*name, rest));
        self.value(members.get(name), rest)
    }

    /// Into every object among the items, and to the item whose index the path names. Arrays in arrays are reached
    /// by their index alone.
    fn array(&self, items: &[Value], rest: &[&str]) -> bool {
        let (name, after) = rest.split_first().map_or(("", rest), |(name, rest)| (*name, rest));
        let index = index(name);
        items.iter().enumerate().any(|(at, item)| {
            let inside = match item {
                Value::Object(members) => self.object(members, rest),
                _ => false,
            };
            inside || (index == Some(at) && self.item(item, after))
        })
    }

    /// An item that the path names by its index.
    fn item(&self, item: &Value, rest: &[&str]) -> bool {
        match (item, rest) {
            // Its own items are none of the values: the path has named this one.
            (_, []) => (self.test)(Some(item)),
            (Value::Object(members), _) => self.object(members, rest),
            (Value::Array(items), _) => self.array(items, rest),
            _ => false,
        }
    }
}

/// The index that a name is; one with leading zeros is none.
fn index(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = name == "0" || !name.starts_with('0');
    if digits && canonical { name.parse().ok() } else { None }
}
