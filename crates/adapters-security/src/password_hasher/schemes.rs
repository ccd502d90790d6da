//! Which scheme a password or a hash belongs to.

use domain::model::{Password, PasswordHash};
use domain::ports::{BoxError, Verdict};

use super::argon2id::{Argon2id, Memory};
use super::bcrypt::Bcrypt;
use super::{HasherConfig, PasswordScheme};

/// What a scheme found out about a password and a hash of its own.
pub(super) struct Found {
    /// It is the password.
    pub(super) right: bool,
    /// The parameters are as strong as those of a new hash.
    pub(super) current: bool,
}

/// Both schemes, and the one that new hashes are made with.
pub(super) struct Schemes {
    preferred: PasswordScheme,
    argon2id: Argon2id,
    bcrypt: Bcrypt,
    of_nobody: PasswordHash,
}

impl Schemes {
    pub(super) fn new(config: &HasherConfig) -> Result<Self, BoxError> {
        let argon2id = Argon2id::new(config.argon2_memory_kib, config.argon2_passes)?;
        let bcrypt = Bcrypt::new(config.bcrypt_cost)?;
        let of_nobody = match config.scheme {
            PasswordScheme::Argon2id => argon2id.of_nobody()?,
            PasswordScheme::Bcrypt => bcrypt.of_nobody(),
        };
        Ok(Self { preferred: config.scheme, argon2id, bcrypt, of_nobody })
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
    ) -> Result<Verdict, BoxError> {
        let stored = hash.unwrap_or(self.nobody());
        let (scheme, found) = if Bcrypt::made(stored) {
            (PasswordScheme::Bcrypt, self.bcrypt.verify(password, stored)?)
        } else {
            (PasswordScheme::Argon2id, self.argon2id.verify(password, stored, memory)?)
        };
        if hash.is_none() || !found.right {
            Ok(Verdict::Wrong)
        } else if found.current && scheme == self.scheme_for(password) {
            Ok(Verdict::Right)
        } else {
            Ok(Verdict::Renewed(self.hash(password, memory)?))
        }
    }

    /// What stands for the hash of an account that is not there: of the preferred scheme, so that it
    /// costs what a wrong password costs.
    pub(super) fn nobody(&self) -> &PasswordHash {
        &self.of_nobody
    }

    /// The preferred scheme, unless it would not use every byte of `password`.
    fn scheme_for(&self, password: &Password) -> PasswordScheme {
        if Bcrypt::takes(password) { self.preferred } else { PasswordScheme::Argon2id }
    }
}
