//! Which documents: a part of MongoDB's query language, as a typed tree.
//!
//! It is read once, here, and means the same on every store: MongoDB evaluates it on one, [`Filter::matches`] on the
//! other.

mod evaluate;
mod parse;
mod path;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

pub use path::FieldPath;
pub use values::ValueSet;

/// What a document has to be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold. Without any, everything passes.
    And(Vec<Filter>),
    /// One of these holds, at least.
    Or(Vec<Filter>),
    /// What is at the path is like this.
    Field(FieldPath, Condition),
}

/// What a value has to be like. Comparisons hold between values of one type only; and for an array when they hold for
/// it or for one of its items (MongoDB manual, "Query an Array").
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `$eq`: equal; null is equal to what is missing, too.
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
    /// `$exists`: there, or not there; null is there.
    Exists(bool),
}

impl Filter {
    /// The greatest size of a filter in bytes of JSON.
    pub const MAX_BYTES: usize = 16 * 1024;
    /// How deep `$and` and `$or` may be nested, conditions included.
    pub const MAX_DEPTH: usize = 8;
    /// How many conditions there may be.
    pub const MAX_CONDITIONS: usize = 64;
    /// Maximum number of numeric names in one path. A numeric name means an item of an array as well as a member of
    /// the objects in it, so each doubles the ways through a document, and MongoDB checks its time limit only between
    /// documents.
    pub const MAX_INDEXES: usize = 8;
    /// Maximum number of values in all `$in` and `$nin` together.
    pub const MAX_VALUES: usize = 1000;
}

impl Default for Filter {
    /// Everything passes.
    fn default() -> Self {
        Self::And(Vec::new())
    }
}
