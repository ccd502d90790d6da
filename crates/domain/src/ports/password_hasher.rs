//! Hashes of passwords.

use async_trait::async_trait;
use thiserror::Error;

use super::{BoxError, Requester};
use crate::model::{ClientAddress, OrganizationId, Password, PasswordHash};

/// The purpose and the requester of a hash. They decide when the hasher runs it, not how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashJob {
    /// Decides which jobs run first.
    pub purpose: HashPurpose,
    /// Jobs of one requester wait for each other, not for those of others.
    pub requester: Requester,
}

/// What a password is hashed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashPurpose {
    /// A login; runs before all changes.
    Login,
    /// A sign-up, or another password.
    Change,
}

impl HashJob {
    /// A login from `client`. The account that it names does not count: otherwise unauthenticated clients
    /// could fill the queue of an organization, and a full queue would reveal which accounts exist.
    #[must_use]
    pub fn login(client: ClientAddress) -> Self {
        Self { purpose: HashPurpose::Login, requester: Requester::client(client) }
    }

    /// A sign-up from `client`.
    #[must_use]
    pub fn sign_up(client: ClientAddress) -> Self {
        Self { purpose: HashPurpose::Change, requester: Requester::client(client) }
    }

    /// A change by an admin of `organization`.
    #[must_use]
    pub fn change(organization: &OrganizationId) -> Self {
        let requester = Requester::Organization(organization.clone());
        Self { purpose: HashPurpose::Change, requester }
    }
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is not the password.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, and this hash of it should be kept instead: the stored one was made by
    /// another scheme or with weaker parameters.
    Renewed(PasswordHash),
}

/// Why there is no hash or verdict.
#[derive(Debug, Error)]
pub enum HasherError {
    /// Too many are waiting already, or this one has waited too long.
    #[error("too many passwords are waiting to be hashed")]
    Busy,
    /// The hasher failed.
    #[error("the password hasher failed")]
    Failed(#[source] BoxError),
}

/// Hashes and verifies passwords, away from the threads that serve requests, in bounded numbers.
///
/// [`HasherError::Busy`] refuses a job when the queue is full. Waiting jobs of one [`Requester`], however
/// many, MUST NOT make the hasher refuse a job of another. A waiting job of [`HashPurpose::Login`] MUST
/// begin before waiting jobs of [`HashPurpose::Change`].
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// MUST use every byte of the password, and a fresh salt.
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError>;

    /// Compares a password with a hash of any supported scheme. Without a hash (nobody has this e-mail)
    /// the verdict MUST be [`Verdict::Wrong`], after the same work as for a wrong password and a hash of
    /// the scheme that new hashes are made with.
    ///
    /// [`Verdict::Wrong`] MUST take the same time whatever the hash, and without one: that of the slowest
    /// kind of hash that was verified since the start.
    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, HasherError>;
}
