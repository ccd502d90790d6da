//! Signing keys.

use std::fmt;

use crate::model::{KeyId, Timestamp};

/// A private key and the time of its creation.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Id of the key in tokens and in the published key set.
    pub id: KeyId,
    /// The private key, PKCS #8 (RFC 5958) in DER.
    pub pkcs8: Vec<u8>,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}
