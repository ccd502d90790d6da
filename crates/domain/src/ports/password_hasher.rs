//! Hashes of passwords.

use async_trait::async_trait;
use thiserror::Error;

use super::BoxError;
use crate::model::{Password, PasswordHash};

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
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// MUST use every byte of the password, and a fresh salt.
    async fn hash(&self, password: Password) -> Result<PasswordHash, HasherError>;

    /// Compares a password with a hash of any supported scheme. Without a hash (nobody has this e-mail)
    /// the verdict MUST be [`Verdict::Wrong`], after the same work as for a wrong password and a hash of
    /// the scheme that new hashes are made with.
    ///
    /// [`Verdict::Wrong`] MUST take the same time whatever the hash, and without one: that of the slowest
    /// kind of hash that was verified since the start.
    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, HasherError>;
}
