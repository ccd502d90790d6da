//! How a store can fail.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;

/// A cause in the words of an adapter.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A failure that the caller can't act on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store did not answer, or not in time. Whether a write took effect is unknown.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// A query exceeded its work limit and was ended. Nothing was changed.
    #[error("the query is too expensive")]
    TooExpensive,
    /// Too many operations are running or waiting. Nothing was done.
    #[error("too many operations are waiting")]
    Saturated,
    /// A record can't be read.
    #[error("record {id} of {collection} is corrupt at {field}")]
    Corrupt {
        /// The collection or table.
        collection: &'static str,
        /// The key of the record.
        id: String,
        /// The field and what is wrong with it.
        field: String,
    },
}

impl StoreError {
    /// The store did not do it, because of `cause`.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// Why a record was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The record is gone, or another version than the expected one.
    #[error("the record has changed meanwhile")]
    Stale,
    /// Another record has what must be unique.
    #[error("the name is taken")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error and all of its causes, in one line for the log: not every format of logs shows causes.
pub struct Causes<'a>(pub &'a (dyn StdError + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
