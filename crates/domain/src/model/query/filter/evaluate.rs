//! Evaluation of filters by the rules of MongoDB.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{Condition, FieldPath, Filter};
use crate::model::query::value_order::{compare, is_comparable};
use crate::model::{Budget, Document, DocumentTree, Exhausted};

impl Filter {
    /// Whether `document` matches, without a work limit.
    #[must_use]
    pub fn matches(&self, document: &DocumentTree) -> bool {
        self.matches_within(document, &Budget::new(&|| true)).unwrap_or(false)
    }

    /// Whether `document` matches, evaluated within `budget`.
    ///
    /// # Errors
    /// [`Exhausted`] when the budget is.
    pub fn matches_within(
        &self,
        document: &DocumentTree,
        budget: &Budget<'_>,
    ) -> Result<bool, Exhausted> {
        match self {
            Self::And(filters) => {
                for filter in filters {
                    if !filter.matches_within(document, budget)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Or(filters) => {
                for filter in filters {
                    if filter.matches_within(document, budget)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Field(path, condition) => condition.holds(document, path, budget),
        }
    }
}

impl Condition {
    fn holds(
        &self,
        document: &DocumentTree,
        path: &FieldPath,
        budget: &Budget<'_>,
    ) -> Result<bool, Exhausted> {
        let items = !matches!(self, Self::Exists(_));
        let test: &dyn Fn(Option<&Value>) -> bool = match self {
            Self::Equal(value) | Self::NotEqual(value) => {
                &|found| ordered(found, value, Ordering::is_eq)
            }
            Self::Greater(value) => &|found| ordered(found, value, Ordering::is_gt),
            Self::AtLeast(value) => &|found| ordered(found, value, Ordering::is_ge),
            Self::Less(value) => &|found| ordered(found, value, Ordering::is_lt),
            Self::AtMost(value) => &|found| ordered(found, value, Ordering::is_le),
            // Null equals a missing value.
            Self::OneOf(values) | Self::NoneOf(values) => {
                &|found| values.contains(found.unwrap_or(&Value::Null))
            }
            Self::Exists(_) => &|found| found.is_some(),
        };
        let reached = reach(document, path, &Walk { items, test, budget })?;
        Ok(match self {
            Self::NotEqual(_) | Self::NoneOf(_) | Self::Exists(false) => !reached,
            _ => reached,
        })
    }
}

/// Compares the value that was found with `value`. A missing value is neither greater nor less than
/// any other.
fn ordered(found: Option<&Value>, value: &Value, is: impl FnOnce(Ordering) -> bool) -> bool {
    match found {
        None => value.is_null() && is(Ordering::Equal),
        Some(found) => is_comparable(found, value) && is(compare(found, value)),
    }
}

/// Whether one of the values at `path` passes the test of `walk`.
fn reach(document: &DocumentTree, path: &FieldPath, walk: &Walk<'_>) -> Result<bool, Exhausted> {
    let mut parts = path.parts();
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    if first == Document::ID {
        // The id is text and has no members.
        let id = Value::String(document.id().to_string());
        return walk.value(Some(&id), &rest);
    }
    walk.value(document.fields().get(first), &rest)
}

/// Evaluation of a path, which branches at arrays. Each visited value costs a step.
struct Walk<'a> {
    /// Whether the items of an array at the end of the path are tested as well.
    items: bool,
    /// The test of a value; `None` is a missing value.
    test: &'a dyn Fn(Option<&Value>) -> bool,
    budget: &'a Budget<'a>,
}

impl Walk<'_> {
    /// Follows `rest` from `value`.
    fn value(&self, value: Option<&Value>, rest: &[&str]) -> Result<bool, Exhausted> {
        match (value, rest) {
            (Some(Value::Array(items)), []) => self.leaf(items, value),
            (value, []) => self.test(value),
            (Some(Value::Object(members)), _) => self.object(members, rest),
            (Some(Value::Array(items)), _) => self.array(items, rest),
            _ => self.test(None),
        }
    }

    fn test(&self, value: Option<&Value>) -> Result<bool, Exhausted> {
        self.budget.spend(1)?;
        Ok((self.test)(value))
    }

    fn leaf(&self, items: &[Value], array: Option<&Value>) -> Result<bool, Exhausted> {
        let items = if self.items { items } else { &[] };
        for item in items {
            if self.test(Some(item))? {
                return Ok(true);
            }
        }
        self.test(array)
    }

    fn object(&self, members: &Map<String, Value>, rest: &[&str]) -> Result<bool, Exhausted> {
        let (name, rest) = rest.split_first().map_or(("", rest), |(name, rest)| (*name, rest));
        self.value(members.get(name), rest)
    }

    /// Follows `rest` into every object among the items, and into the item with the index that the
    /// path names. Arrays in arrays are reached by index only.
    fn array(&self, items: &[Value], rest: &[&str]) -> Result<bool, Exhausted> {
        let (name, after) = rest.split_first().map_or(("", rest), |(name, rest)| (*name, rest));
        let index = index(name);
        for (at, item) in items.iter().enumerate() {
            self.budget.spend(1)?;
            let inside = match item {
                Value::Object(members) => self.object(members, rest)?,
                _ => false,
            };
            if inside || (index == Some(at) && self.item(item, after)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Follows `rest` from the item that the path names by index.
    fn item(&self, item: &Value, rest: &[&str]) -> Result<bool, Exhausted> {
        match (item, rest) {
            // The path names this item, so its own items are not tested.
            (_, []) => self.test(Some(item)),
            (Value::Object(members), _) => self.object(members, rest),
            (Value::Array(items), _) => self.array(items, rest),
            _ => Ok(false),
        }
    }
}

/// Parses a name as an index; a number with leading zeros is not an index.
fn index(name: &str) -> Option<usize> {
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = name == "0" || !name.starts_with('0');
    if digits && canonical { name.parse().ok() } else { None }
}
