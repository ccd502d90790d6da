//! Why a use case was not carried out.

use std::time::Duration;

use thiserror::Error;

use super::DailyLimit;
use crate::model::{Excess, Invalid, InvalidAt, PositionTooLarge, Refusal};
use crate::ports::{BoxError, HasherError, StoreError, TokenError};

/// What was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Resource {
    Organization,
    Admin,
    Document,
    Session,
}

/// What the caller would have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Whoever runs this installation.
    Operator,
    /// An admin of the organization, of any role.
    Admin,
    /// An admin of the organization whose role is owner or admin.
    Writer,
    /// An admin of the organization whose role is owner.
    Owner,
}

/// Why a use case was not carried out.
#[derive(Debug, Error)]
pub enum Error {
    /// There is none, or none that the caller may know of.
    #[error("not found")]
    NotFound(Resource),
    /// Another organization has a name with the same key.
    #[error("the name is taken")]
    NameTaken,
    /// Another admin has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The organization would be without an owner who may log in.
    #[error("the last active owner")]
    LastOwner,
    /// The tenant has a document with this id.
    #[error("the document exists already")]
    DocumentExists,
    /// The resource is not in the state the caller wants to change.
    #[error("the resource has changed since")]
    PreconditionFailed,
    /// Others changed the same record all the time.
    #[error("too many changes at once")]
    Contended,
    /// The organization is suspended.
    #[error("the organization is suspended")]
    Suspended,
    /// The admin may not log in.
    #[error("the admin is deactivated")]
    Deactivated,
    /// E-mail and password do not belong together.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// There is no token.
    #[error("authentication is needed")]
    Unauthenticated,
    /// The token is not accepted.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The change needs a more recent login.
    #[error("a more recent login is needed")]
    LoginTooOld {
        /// Maximum age of the login.
        max_age: Duration,
    },
    /// The caller may not do this.
    #[error("not permitted")]
    Forbidden(Need),
    /// What the caller sent leads to something that is not valid.
    #[error("{0}")]
    Invalid(InvalidAt),
    /// The caller has made as many requests as it may for now.
    #[error("too many requests")]
    RateLimited {
        /// After how long the next one is let through.
        retry_after: Duration,
    },
    /// A daily limit of the organization is reached.
    #[error("daily limit reached")]
    DailyLimit {
        /// The limit.
        of: DailyLimit,
        /// When to retry.
        retry_after: Duration,
    },
    /// Passwords were tried too often.
    #[error("too many failed attempts")]
    TooManyAttempts {
        /// After how long the next attempt is looked at.
        retry_after: Duration,
    },
    /// There would be more than the organization may keep.
    #[error("there would be too much")]
    QuotaExceeded(Excess),
    /// The documents are being moved, and were not found in time. Nothing was changed.
    #[error("the documents are being moved")]
    Moving,
    /// More work is waiting than can be done in time.
    #[error("too much work is waiting")]
    Overloaded,
    /// Every organization needs a collection of its own, and there may be no more.
    #[error("there are as many collections as there may be")]
    Capacity,
    /// The store failed. What was asked for has not been acknowledged, and may or may not have happened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something failed that should not be able to.
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
