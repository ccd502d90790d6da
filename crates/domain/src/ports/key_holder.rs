//! Whoever signs with the keys of the store.

use super::BoxError;
use crate::model::{KeyRing, SigningKey, Timestamp};

/// Makes signing keys and holds those that are in use.
pub trait KeyHolder: Send + Sync {
    /// A key that never was before, made at `now`.
    ///
    /// # Errors
    /// A failure of the cryptography, which the caller can't act on.
    fn generate(&self, now: Timestamp) -> Result<SigningKey, BoxError>;

    /// MUST sign from now on with the key of `ring` whose turn it is at the time of the signature, and accept
    /// and publish those of `ring`, and no other.
    ///
    /// # Errors
    /// MUST refuse a ring with a key that is none of its kind, and hold the ring that it held.
    fn hold(&self, ring: &KeyRing) -> Result<(), BoxError>;
}
