//! Why a read or a write ends early.

use domain::model::Exhausted;
use domain::ports::StoreError;

/// Why a read or a write ended early. The two differ in what becomes of the others in its batch.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// An answer for the caller alone. Nothing was written, and nobody else is affected.
    Refused(E),
    /// The database failed. Nothing in this transaction can be relied on.
    Failed(redb::Error),
}

impl<E: From<StoreError>> Stop<E> {
    /// What a caller is told who shares the transaction with nobody.
    pub(crate) fn into_error(self) -> E {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(cause) => StoreError::unavailable(cause).into(),
        }
    }
}

impl<E: From<StoreError>> From<StoreError> for Stop<E> {
    /// A record that can't be read or written concerns only the one who asked for it.
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
