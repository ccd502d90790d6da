//! Errors of the ports.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;

/// The underlying error of an adapter.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A failure of the store that the caller can't act on.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The store did not answer, or not in time. It is unknown whether a write took effect.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// A query exceeded its work limit and was cancelled. Nothing was changed.
    #[error("the query is too expensive")]
    TooExpensive,
    /// Too many operations are running or queued. Nothing was done.
    #[error("too many operations are queued")]
    Saturated,
    /// A stored record is malformed.
    #[error("record {id} of {collection} is corrupt at {field}")]
    Corrupt {
        /// The collection or table.
        collection: &'static str,
        /// The key of the record.
        id: String,
        /// The field, and the problem with it.
        field: String,
    },
}

impl StoreError {
    /// Builds [`StoreError::Unavailable`] from its cause.
    pub fn unavailable(cause: impl Into<BoxError>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// Reasons for which a record was not written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The record does not exist, or its version is not the expected one.
    #[error("the record was modified concurrently")]
    Stale,
    /// Another record uses a value that must be unique.
    #[error("a unique value is taken")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Displays an error with all its causes on one line, for logs: not every log format shows causes.
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
