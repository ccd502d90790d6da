//! Holder of the signing keys in use.

use super::BoxError;
use crate::model::{KeyRing, SigningKey, Timestamp};

/// Generates signing keys and holds the key ring in use.
pub trait KeyHolder: Send + Sync {
    /// Generates a new, unique key; `now` is its creation time.
    ///
    /// # Errors
    /// A cryptographic failure, which the caller can't act on.
    fn generate(&self, now: Timestamp) -> Result<SigningKey, BoxError>;

    /// MUST from now on sign with the key of `ring` that is current at the time of the signature,
    /// and accept and publish exactly the keys of `ring`.
    ///
    /// # Errors
    /// MUST refuse a ring that contains a key of another kind, and keep the ring in use.
    fn hold(&self, ring: &KeyRing) -> Result<(), BoxError>;
}
