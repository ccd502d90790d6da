//! bcrypt, for installations migrated from other services.

use std::ops::RangeInclusive;

use bcrypt::HashParts;
use domain::model::{Password, PasswordHash};
use domain::ports::BoxError;

use super::schemes::Comparison;
use super::timing::Cost;

/// bcrypt reads 72 bytes.
const MAX_PASSWORD: usize = 72;

/// Supported costs. Each step doubles the time, and the last takes seconds: a stored hash beyond it
/// counts as damaged.
const COSTS: RangeInclusive<u32> = 4..=16;

/// bcrypt with one cost.
pub(super) struct Bcrypt {
    cost: u32,
}

impl Bcrypt {
    pub(super) fn new(cost: u32) -> Result<Self, BoxError> {
        check(cost)?;
        Ok(Self { cost })
    }

    /// Whether bcrypt uses every byte of `password`. It ignores bytes beyond 72; and it repeats the
    /// password with a NUL after it, so that with a NUL inside, `a`, `a\0a` and `a\0a\0a` would be
    /// equal.
    pub(super) fn fits(password: &Password) -> bool {
        let bytes = password.expose().as_bytes();
        bytes.len() <= MAX_PASSWORD && !bytes.contains(&0)
    }

    /// Whether `stored` is a bcrypt hash. `$2x$` is not supported: it marks hashes of a faulty
    /// version.
    pub(super) fn recognizes(stored: &PasswordHash) -> bool {
        ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.expose().starts_with(prefix))
    }

    /// Hashes `password`, which bcrypt must be able to use in full.
    pub(super) fn hash(&self, password: &Password) -> Result<PasswordHash, BoxError> {
        Ok(PasswordHash::new(bcrypt::hash(password.expose(), self.cost)?))
    }

    pub(super) fn verify(
        &self,
        password: &Password,
        stored: &PasswordHash,
    ) -> Result<Comparison, BoxError> {
        let cost = stored.expose().parse::<HashParts>()?.get_cost();
        check(cost)?;
        // The work is done also for a password that can't match, so that the response takes the
        // same time.
        let matches = bcrypt::verify(password.expose(), stored.expose())?;
        Ok(Comparison {
            matches: matches && Self::fits(password),
            current: cost >= self.cost,
            cost: Cost::Bcrypt(cost),
        })
    }

    /// A well-formed hash of no password: all bits of salt and digest are zero.
    pub(super) fn dummy(&self) -> PasswordHash {
        PasswordHash::new(format!("$2b${:02}${}", self.cost, ".".repeat(53)))
    }
}

fn check(cost: u32) -> Result<(), BoxError> {
    if COSTS.contains(&cost) { Ok(()) } else { Err("the cost of bcrypt is not 4 to 16".into()) }
}
