//! Keys that sign tokens.

use std::fmt;

use super::{KeyId, Timestamp};

/// A private key and when it was made.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// The name of the key in tokens and in the published set.
    pub id: KeyId,
    /// The private key, PKCS #8 (RFC 5958) in DER.
    pub pkcs8: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
