//! Password hasher.

use async_trait::async_trait;
use thiserror::Error;

use super::{BoxError, Requester};
use crate::model::{ClientAddress, OrganizationId, Password, PasswordHash};

/// The purpose and the requester of a hash. They decide when the hasher runs the job, not how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashJob {
    /// Decides the priority of the job.
    pub purpose: HashPurpose,
    /// Jobs of one requester wait for each other, not for those of others.
    pub requester: Requester,
}

/// Purpose of hashing a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashPurpose {
    /// A login; runs before all jobs of [`HashPurpose::Change`].
    Login,
    /// A sign-up or a password change.
    Change,
}

impl HashJob {
    /// A login from `client`. The account that it names does not count: otherwise unauthenticated
    /// clients could fill the queue of an organization, and a full queue would reveal which
    /// accounts exist.
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

/// Result of verifying a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// The password does not match.
    Mismatch,
    /// The password matches.
    Match,
    /// The password matches, and the caller should store this new hash: the stored one uses another
    /// scheme or weaker parameters.
    Rehashed(PasswordHash),
}

/// Reasons for which a hash or verification failed.
#[derive(Debug, Error)]
pub enum HasherError {
    /// The queue is full, or the job waited too long.
    #[error("too many password hashes are queued")]
    Busy,
    /// The hasher failed.
    #[error("the password hasher failed")]
    Failed(#[source] BoxError),
}

/// Hashes and verifies passwords outside the request threads, with bounded concurrency.
///
/// [`HasherError::Busy`] refuses a job when the queue is full. Waiting jobs of one [`Requester`],
/// however many, MUST NOT make the hasher refuse a job of another. A waiting job of
/// [`HashPurpose::Login`] MUST begin before waiting jobs of [`HashPurpose::Change`].
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// MUST use every byte of the password, and a new random salt.
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError>;

    /// Verifies a password against a hash of any supported scheme. Without a hash (no account has
    /// this e-mail address) the verdict MUST be [`PasswordVerdict::Mismatch`], after the same work
    /// as for a wrong password and a hash of the scheme for new hashes.
    ///
    /// [`PasswordVerdict::Mismatch`] MUST take the same time for every hash and without one: that
    /// of the slowest kind of hash verified since the start of the process.
    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError>;
}
