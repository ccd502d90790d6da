//! Errors that end a read or a write early.

use domain::model::Exhausted;
use domain::ports::StoreError;

/// Reasons for which a read or a write ended early. They differ in their effect on other operations
/// in the batch.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// An error for this caller only. Nothing was written, and no other operation is affected.
    Refused(E),
    /// The database failed. Nothing in this transaction can be relied on.
    Failed(redb::Error),
}

impl<E: From<StoreError>> Stop<E> {
    /// The error for a caller that has the transaction to itself.
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(cause) => StoreError::unavailable(cause).into(),
        }
    }
}

impl<E: From<StoreError>> From<StoreError> for Stop<E> {
    /// An unreadable record affects only the operation that asked for it.
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl<E: From<StoreError>> From<Exhausted> for Stop<E> {
    fn from(_: Exhausted) -> Self {
        StoreError::TooExpensive.into()
    }
}

impl<E> From<redb::StorageError> for Stop<E> {
    fn from(error: redb::StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl<E> From<redb::TableError> for Stop<E> {
    fn from(error: redb::TableError) -> Self {
        Self::Failed(error.into())
    }
}
