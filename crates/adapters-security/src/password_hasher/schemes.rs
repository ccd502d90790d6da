//! Selection of the scheme for a password or a hash.

use std::time::{Duration, Instant};

use domain::model::{Password, PasswordHash};
use domain::ports::{BoxError, PasswordVerdict};

use super::argon2id::{Argon2id, Memory};
use super::bcrypt::Bcrypt;
use super::timing::Cost;
use super::{HasherConfig, PasswordScheme};

/// Result of comparing a password with a hash of a scheme.
pub(super) struct Comparison {
    /// The password matches.
    pub(super) matches: bool,
    /// The parameters are as strong as those of a new hash.
    pub(super) current: bool,
    /// Cost of the comparison.
    pub(super) cost: Cost,
}

/// A completed verification.
pub(super) struct Verification {
    pub(super) verdict: PasswordVerdict,
    pub(super) cost: Cost,
    /// Duration of the comparison, without a new hash after it.
    pub(super) elapsed: Duration,
}

/// Both schemes, and the preferred one for new hashes.
pub(super) struct Schemes {
    preferred: PasswordScheme,
    argon2id: Argon2id,
    bcrypt: Bcrypt,
    dummy: PasswordHash,
}

impl Schemes {
    pub(super) fn new(config: &HasherConfig) -> Result<Self, BoxError> {
        let argon2id = Argon2id::new(config.argon2_memory_kib, config.argon2_passes)?;
        let bcrypt = Bcrypt::new(config.bcrypt_cost)?;
        let dummy = match config.scheme {
            PasswordScheme::Argon2id => argon2id.dummy()?,
            PasswordScheme::Bcrypt => bcrypt.dummy(),
        };
        Ok(Self { preferred: config.scheme, argon2id, bcrypt, dummy })
    }

    pub(super) fn hash(
        &self,
        password: &Password,
        memory: &mut Memory,
    ) -> Result<PasswordHash, BoxError> {
        match self.scheme_for(password) {
            PasswordScheme::Argon2id => self.argon2id.hash(password, memory),
            PasswordScheme::Bcrypt => self.bcrypt.hash(password),
        }
    }

    pub(super) fn verify(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
        memory: &mut Memory,
    ) -> Result<Verification, BoxError> {
        let stored = hash.unwrap_or(self.dummy());
        let start = Instant::now();
        let (scheme, found) = if Bcrypt::recognizes(stored) {
            (PasswordScheme::Bcrypt, self.bcrypt.verify(password, stored)?)
        } else {
            (PasswordScheme::Argon2id, self.argon2id.verify(password, stored, memory)?)
        };
        let elapsed = start.elapsed();
        let verdict = if hash.is_none() || !found.matches {
            PasswordVerdict::Mismatch
        } else if found.current && scheme == self.scheme_for(password) {
            PasswordVerdict::Match
        } else {
            PasswordVerdict::Rehashed(self.hash(password, memory)?)
        };
        Ok(Verification { verdict, cost: found.cost, elapsed })
    }

    /// Dummy hash for accounts that do not exist: of the preferred scheme, so that its verification
    /// costs as much as that of a wrong password.
    pub(super) fn dummy(&self) -> &PasswordHash {
        &self.dummy
    }

    /// The preferred scheme, unless it would not use every byte of `password`.
    fn scheme_for(&self, password: &Password) -> PasswordScheme {
        if Bcrypt::fits(password) { self.preferred } else { PasswordScheme::Argon2id }
    }
}
