//! Errors of the use cases.

use std::time::Duration;

use thiserror::Error;

use super::DailyLimit;
use crate::model::{Excess, Invalid, InvalidAt, PositionTooLarge, Refusal};
use crate::ports::{BoxError, HasherError, StoreError, TokenError};

/// Kind of the resource that was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Resource {
    Organization,
    Admin,
    Document,
    Session,
}

/// Role that an operation requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequiredRole {
    /// The operator of this installation.
    Operator,
    /// An admin of the organization, of any role.
    Admin,
    /// An admin of the organization whose role is owner or admin.
    Writer,
    /// An admin of the organization whose role is owner.
    Owner,
}

/// Reasons for which a use case failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The resource does not exist, or the caller may not know that it does.
    #[error("not found")]
    NotFound(Resource),
    /// Another organization has a name with the same slug.
    #[error("the name is taken")]
    NameTaken,
    /// Another admin has this e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The organization would lose its last owner who may log in.
    #[error("the organization must keep an active owner")]
    LastOwner,
    /// The tenant already has a document with this id.
    #[error("the document already exists")]
    DocumentExists,
    /// The resource is not in the state that the caller expects.
    #[error("precondition failed")]
    PreconditionFailed,
    /// Concurrent changes of the same record won every attempt.
    #[error("too many concurrent modifications")]
    Contended,
    /// The organization is suspended.
    #[error("the organization is suspended")]
    Suspended,
    /// The admin may not log in.
    #[error("the admin is deactivated")]
    Deactivated,
    /// E-mail address and password do not match.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The request has no token.
    #[error("authentication required")]
    Unauthenticated,
    /// The token is not accepted.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The change needs a more recent login.
    #[error("a more recent login is required")]
    LoginTooOld {
        /// Maximum age of the login.
        max_age: Duration,
    },
    /// The caller may not do this.
    #[error("not permitted")]
    Forbidden(RequiredRole),
    /// The request leads to an invalid value.
    #[error("{0}")]
    Invalid(InvalidAt),
    /// The caller has reached its rate limit.
    #[error("too many requests")]
    RateLimited {
        /// Time until the next request is admitted.
        retry_after: Duration,
    },
    /// A daily limit of the organization is reached.
    #[error("daily limit reached")]
    DailyLimit {
        /// The limit.
        of: DailyLimit,
        /// Time until the limit resets.
        retry_after: Duration,
    },
    /// Too many failed password attempts.
    #[error("too many failed attempts")]
    TooManyAttempts {
        /// Time until the next attempt is admitted.
        retry_after: Duration,
    },
    /// The storage quota of the organization would be exceeded.
    #[error("storage quota exceeded")]
    QuotaExceeded(Excess),
    /// The documents are being moved, and were not found in time. Nothing was changed.
    #[error("the documents are being moved")]
    Moving,
    /// More work is queued than can be done in time.
    #[error("too much work is queued")]
    Overloaded,
    /// Every organization needs a dedicated collection, and their number has reached its limit.
    #[error("tenant collection limit reached")]
    Capacity,
    /// The store failed. The operation was not acknowledged, and may or may not have taken effect.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An unexpected internal failure.
    #[error("internal failure")]
    Internal(#[source] BoxError),
}

impl From<HasherError> for Error {
    fn from(error: HasherError) -> Self {
        match error {
            HasherError::Busy => Self::Overloaded,
            HasherError::Failed(cause) => Self::Internal(cause),
        }
    }
}

impl From<PositionTooLarge> for Error {
    fn from(_: PositionTooLarge) -> Self {
        let large = Invalid::Format("leads to values of more than 4 KiB in one of the documents");
        Self::Invalid(large.at("/sort"))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Suspended => Self::Suspended,
            Refusal::Deleted => Self::NotFound(Resource::Organization),
            Refusal::Pending(_) => Self::Contended,
            Refusal::Invalid(invalid) => Self::Invalid(invalid),
        }
    }
}
