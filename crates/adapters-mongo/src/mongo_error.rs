//! Classification of the server's errors. The codes are those of the MongoDB manual, "Error Codes".

use std::sync::Arc;

use domain::ports::{BoxError, StoreError, TenantError, WriteError};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use thiserror::Error;

/// Reasons for which a call failed.
#[derive(Debug, Error)]
pub(crate) enum MongoError {
    /// A unique index contains the key already.
    #[error("duplicate key")]
    Duplicate,
    /// No collection has this name, or it has another uuid.
    #[error("collection not found")]
    Missing,
    /// A collection has this name already.
    #[error("collection already exists")]
    Exists,
    /// The document would exceed the maximum size.
    #[error("the document is too large")]
    TooLarge,
    /// A different index has the same name or the same keys.
    #[error("conflicting index")]
    IndexConflict(#[source] BoxError),
    /// The server cancelled the command: its time limit (`maxTimeMS`) was exceeded.
    #[error("the command exceeded its time limit")]
    TimeLimit(#[source] BoxError),
    /// The connection broke, or the primary stepped down. It is unknown whether the command was
    /// executed; a command that is safe to repeat can be retried at once.
    #[error("the call was interrupted")]
    Interrupted(#[source] BoxError),
    /// The command could not be built from its data, and was not sent.
    #[error("the command was not sent")]
    Unsent(#[source] StoreError),
    /// The outcome is unknown.
    #[error("the call failed")]
    Unavailable(#[source] BoxError),
}

impl MongoError {
    /// Classifies an error code of the server.
    pub(crate) fn from_code(code: i32, cause: impl Into<BoxError>) -> Self {
        match code {
            // DuplicateKey, and its names on older servers.
            11000 | 11001 | 12582 => Self::Duplicate,
            // NamespaceNotFound, QueryPlanKilled (by a rename or a drop), CollectionUUIDMismatch.
            26 | 175 | 361 => Self::Missing,
            // NamespaceExists.
            48 => Self::Exists,
            // BSONObjectTooLarge, and its counterpart for updates.
            10334 | 17419 => Self::TooLarge,
            // IndexOptionsConflict, IndexKeySpecsConflict.
            85 | 86 => Self::IndexConflict(cause.into()),
            // MaxTimeMSExpired.
            50 => Self::TimeLimit(cause.into()),
            // HostUnreachable, HostNotFound, NetworkTimeout, ShutdownInProgress,
            // PrimarySteppedDown, ExceededTimeLimit, SocketException, NotWritablePrimary,
            // InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk,
            // NotPrimaryOrSecondary: the list in the specification of retryable writes.
            // TransactionTooLargeForCache: other commands fill the cache at the moment.
            388 | 6 | 7 | 89 | 91 | 189 | 262 | 9001 | 10107 | 11600 | 11602 | 13435 | 13436 => {
                Self::Interrupted(cause.into())
            }
            _ => Self::Unavailable(cause.into()),
        }
    }

    /// Whether the write was certainly not executed.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Duplicate | Self::Missing | Self::TooLarge | Self::Unsent(_))
    }
}

/// A failure that several combined callers share.
#[derive(Debug, Error)]
#[error("the combined operation failed")]
struct SharedError(#[source] Arc<StoreError>);

/// Wraps a shared failure for one of its callers.
pub(crate) fn shared(error: Arc<StoreError>) -> StoreError {
    match &*error {
        StoreError::Unavailable(_) => StoreError::unavailable(SharedError(error)),
        StoreError::TooExpensive => StoreError::TooExpensive,
        StoreError::Saturated => StoreError::Saturated,
        StoreError::Corrupt { collection, id, field } => {
            StoreError::Corrupt { collection, id: id.clone(), field: field.clone() }
        }
    }
}

/// Converts the failure of a tenant's query: an exceeded time limit is the query's fault, not the
/// store's.
pub(crate) fn query_error(error: MongoError) -> TenantError {
    match error {
        MongoError::TimeLimit(_) => StoreError::TooExpensive.into(),
        other => other.into(),
    }
}

impl From<Error> for MongoError {
    fn from(error: Error) -> Self {
        let code = match error.kind.as_ref() {
            ErrorKind::Command(error) => error.code,
            ErrorKind::Write(WriteFailure::WriteError(error)) => error.code,
            ErrorKind::Write(WriteFailure::WriteConcernError(error)) => error.code,
            ErrorKind::InsertMany(error) => {
                let first = error.write_errors.iter().flatten().next();
                first.map_or(0, |error| error.code)
            }
            ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => {
                return Self::Interrupted(error.into());
            }
            _ => 0,
        };
        Self::from_code(code, error)
    }
}

impl From<MongoError> for StoreError {
    fn from(error: MongoError) -> Self {
        match error {
            MongoError::TimeLimit(cause)
            | MongoError::Interrupted(cause)
            | MongoError::Unavailable(cause) => Self::Unavailable(cause),
            MongoError::Unsent(error) => error,
            other => Self::unavailable(other),
        }
    }
}

impl From<MongoError> for WriteError {
    fn from(error: MongoError) -> Self {
        match error {
            MongoError::Duplicate => Self::Taken,
            other => Self::Store(other.into()),
        }
    }
}

impl From<MongoError> for TenantError {
    fn from(error: MongoError) -> Self {
        match error {
            MongoError::Duplicate => Self::Exists,
            MongoError::Missing => Self::Moved,
            other => Self::Store(other.into()),
        }
    }
}
