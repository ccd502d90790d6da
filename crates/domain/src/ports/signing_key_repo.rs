//! The keys that sign tokens.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{KeyId, SigningKey};

/// What a key signs. Keys of one purpose are never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Access tokens.
    Tokens,
    /// The heads of audit trails.
    Audit,
    /// The tokens of pages.
    Pages,
}

/// Keeps the signing keys of an installation: for each purpose apart, in the order in which they were made.
#[async_trait]
pub trait SigningKeyRepo: Send + Sync {
    /// MUST keep `candidate` as the key after `after`, or as the first one when `after` is none, unless there
    /// is a later key already; MUST return the key that comes after `after` then: the same one to all of many
    /// concurrent callers.
    ///
    /// When `after` is not there any more, it has a successor already: MUST keep nothing and return the newest
    /// key. Only where there is no key at all MUST the candidate be kept.
    async fn append(
        &self,
        purpose: KeyPurpose,
        candidate: SigningKey,
        after: Option<&KeyId>,
    ) -> Result<SigningKey, StoreError>;

    /// MUST tell all keys, oldest first.
    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError>;

    /// MUST remove the key and no other one. MUST succeed when it is not there. What was made before stays
    /// before what is made later.
    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError>;
}
