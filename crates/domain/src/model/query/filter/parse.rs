//! Parser of filters from clients.

use serde_json::{Map, Value};

use super::{Condition, FieldPath, Filter, ValueSet};
use crate::model::document::nesting::Rules;
use crate::model::{Invalid, InvalidAt};

const OPERATORS: &str = "must be one of $eq, $ne, $gt, $gte, $lt, $lte, $in, $nin and $exists";
/// The same rules as for the documents that the values are compared with.
const VALUES: Rules = Rules { max_depth: 100, key: check_key };

impl Filter {
    /// Parses a filter. The caller checks that its text has at most [`Filter::MAX_BYTES`].
    ///
    /// # Errors
    /// An unsupported element or an exceeded limit, with its position.
    pub fn parse(members: Map<String, Value>) -> Result<Self, InvalidAt> {
        let mut left = Left { conditions: Self::MAX_CONDITIONS, values: Self::MAX_VALUES };
        all(members, 1, &mut left)
    }
}

/// Remaining limits while a filter is parsed.
struct Left {
    conditions: usize,
    values: usize,
}

impl Left {
    /// Counts one more condition.
    fn take_condition(&mut self) -> Result<(), Invalid> {
        let none = Invalid::Format("there must be at most 64 conditions");
        self.conditions = self.conditions.checked_sub(1).ok_or(none)?;
        Ok(())
    }

    /// Counts the values of `$in` or `$nin`.
    fn take_values(&mut self, count: usize) -> Result<(), Invalid> {
        let none = Invalid::Format("there must be at most 1000 values in all $in and $nin");
        self.values = self.values.checked_sub(count).ok_or(none)?;
        Ok(())
    }
}

/// Conjunction of the conditions in an object at this level.
fn all(members: Map<String, Value>, depth: usize, left: &mut Left) -> Result<Filter, InvalidAt> {
    if depth > Filter::MAX_DEPTH {
        return Err(Invalid::TooDeep { max: Filter::MAX_DEPTH }.into());
    }
    let mut filters = Vec::with_capacity(members.len());
    for (key, value) in members {
        let found = match key.as_str() {
            "$and" => several(value, depth, left).map(Filter::And).map(|filter| vec![filter]),
            "$or" => several(value, depth, left).map(Filter::Or).map(|filter| vec![filter]),
            operator if operator.starts_with('$') => {
                Err(Invalid::Format("must be $and, $or or the path of a field").into())
            }
            path => field(path, value, left),
        };
        filters.extend(found.map_err(|invalid| invalid.below(&key))?);
    }
    Ok(match <[Filter; 1]>::try_from(filters) {
        Ok([only]) => only,
        Err(filters) => Filter::And(filters),
    })
}

/// The filters in the list of `$and` or `$or`.
fn several(value: Value, depth: usize, left: &mut Left) -> Result<Vec<Filter>, InvalidAt> {
    let Value::Array(items) = value else {
        return Err(Invalid::Format("must be a list of filters").into());
    };
    if items.is_empty() {
        return Err(Invalid::Empty.into());
    }
    let read = |(index, item): (usize, Value)| {
        let filter = match item {
            Value::Object(members) => all(members, depth + 1, left),
            _ => Err(Invalid::Format("must be a filter").into()),
        };
        filter.map_err(|invalid: InvalidAt| invalid.below(&index.to_string()))
    };
    items.into_iter().enumerate().map(read).collect()
}

/// The conditions for one field: a value, or operators.
fn field(path: &str, value: Value, left: &mut Left) -> Result<Vec<Filter>, InvalidAt> {
    let path = FieldPath::parse(path)?;
    let indexes = path.parts().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if indexes.count() > Filter::MAX_INDEXES {
        return Err(Invalid::Key("a path must have at most 8 names that are numbers").into());
    }
    match value {
        Value::Object(members) if members.keys().any(|key| key.starts_with('$')) => {
            let read = |(operator, value): (String, Value)| {
                left.take_condition()?;
                let condition = condition(&operator, value, left);
                let condition = condition.map_err(|invalid| invalid.below(&operator))?;
                Ok(Filter::Field(path.clone(), condition))
            };
            members.into_iter().map(read).collect()
        }
        value => {
            left.take_condition()?;
            check(&value)?;
            Ok(vec![Filter::Field(path, Condition::Equal(value))])
        }
    }
}

fn condition(operator: &str, value: Value, left: &mut Left) -> Result<Condition, InvalidAt> {
    if let "$in" | "$nin" = operator {
        let Value::Array(items) = value else {
            return Err(Invalid::Format("must be a list of values").into());
        };
        left.take_values(items.len())?;
        for (index, item) in items.iter().enumerate() {
            check(item).map_err(|invalid| invalid.below(&index.to_string()))?;
        }
        let one_of = operator == "$in";
        let values = ValueSet::new(items);
        return Ok(if one_of { Condition::OneOf(values) } else { Condition::NoneOf(values) });
    }
    if operator == "$exists" {
        let Value::Bool(exists) = value else {
            return Err(Invalid::Format("must be true or false").into());
        };
        return Ok(Condition::Exists(exists));
    }
    let make = match operator {
        "$eq" => Condition::Equal,
        "$ne" => Condition::NotEqual,
        "$gt" => Condition::Greater,
        "$gte" => Condition::AtLeast,
        "$lt" => Condition::Less,
        "$lte" => Condition::AtMost,
        _ => return Err(Invalid::Format(OPERATORS).into()),
    };
    check(&value)?;
    Ok(make(value))
}

/// Checks that a document could contain the value.
fn check(value: &Value) -> Result<(), InvalidAt> {
    match value {
        Value::Object(members) => VALUES.check(members),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            check(item).map_err(|invalid| invalid.below(&index.to_string()))
        }),
        _ => Ok(()),
    }
}

/// Operators are not allowed inside of values.
fn check_key(key: &str) -> Result<(), Invalid> {
    if key.starts_with('$') {
        Err(Invalid::Key("an operator must stand right below the path of a field"))
    } else if key.contains('\0') {
        Err(Invalid::Key("a key must not contain NUL"))
    } else {
        Ok(())
    }
}
