//! Filters of documents: a subset of MongoDB's query language, as a typed tree.
//!
//! Filters are parsed once, here, and mean the same on every store: MongoDB evaluates them on one,
//! [`Filter::matches`] on the other.

mod evaluate;
mod parse;
mod path;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

pub use path::FieldPath;
pub use values::ValueSet;

/// Condition for a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these match. Empty matches every document.
    And(Vec<Filter>),
    /// At least one of these matches.
    Or(Vec<Filter>),
    /// The value at the path meets the condition.
    Field(FieldPath, Condition),
}

/// Condition for a value. A comparison matches only values of the same type. It matches an array if
/// it matches the array or one of its items (MongoDB manual, "Query an Array"). `$ne` and `$nin`
/// match exactly when `$eq` and `$in` do not.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `$eq`: equal; null also equals a missing value.
    Equal(Value),
    /// `$ne`: not equal.
    NotEqual(Value),
    /// `$gt`: greater.
    Greater(Value),
    /// `$gte`: greater or equal.
    AtLeast(Value),
    /// `$lt`: less.
    Less(Value),
    /// `$lte`: less or equal.
    AtMost(Value),
    /// `$in`: equal to one of these.
    OneOf(ValueSet),
    /// `$nin`: equal to none of these.
    NoneOf(ValueSet),
    /// `$exists`: present or missing; null counts as present.
    Exists(bool),
}

impl Filter {
    /// Maximum size of a filter in bytes of JSON.
    pub const MAX_BYTES: usize = 16 * 1024;
    /// Maximum nesting of `$and` and `$or`, conditions included.
    pub const MAX_DEPTH: usize = 8;
    /// Maximum number of conditions.
    pub const MAX_CONDITIONS: usize = 64;
    /// Maximum number of numeric names in one path. A numeric name means an item of an array as
    /// well as a member of the objects in it, so each doubles the number of paths through a
    /// document, and MongoDB checks its time limit only between documents.
    pub const MAX_INDEXES: usize = 8;
    /// Maximum number of values in all `$in` and `$nin` together.
    pub const MAX_VALUES: usize = 1000;
}

impl Default for Filter {
    /// Matches every document.
    fn default() -> Self {
        Self::And(Vec::new())
    }
}
