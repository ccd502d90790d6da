//! Errors that end a read or a write early.

use domain::model::Exhausted;
use domain::ports::StoreError;

/// Reasons for which a read or a write ended early. They differ in their effect on other operations
/// in the batch.
#[derive(Debug)]
pub(crate) enum TxError<E> {
    /// An error for this caller only. Nothing was written, and no other operation is affected.
    Refused(E),
    /// The database failed. Nothing in this transaction can be relied on.
    Failed(redb::Error),
}

impl<E: From<StoreError>> TxError<E> {
    /// The error for a caller that has the transaction to itself.
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(cause) => StoreError::unavailable(cause).into(),
        }
    }
}

impl<E: From<StoreError>> From<StoreError> for TxError<E> {
    /// An unreadable record affects only the operation that asked for it.
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl<E: From<StoreError>> From<Exhausted> for TxError<E> {
    fn from(_: Exhausted) -> Self {
        StoreError::TooExpensive.into()
    }
}

impl<E> From<redb::StorageError> for TxError<E> {
    fn from(error: redb::StorageError) -> Self {
        Self::Failed(error.into())
    }
}

impl<E> From<redb::TableError> for TxError<E> {
    fn from(error: redb::TableError) -> Self {
        Self::Failed(error.into())
    }
}
