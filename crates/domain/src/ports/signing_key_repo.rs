//! Repository of signing keys.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{KeyId, SigningKey};

/// Purpose of a key. A key of one purpose is never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPurpose {
    /// Access tokens.
    Tokens,
    /// Checkpoints of audit trails.
    Audit,
    /// Page tokens.
    Pages,
}

/// Stores the signing keys of an installation, separately for each purpose, in the order of their
/// creation.
#[async_trait]
pub trait SigningKeyRepo: Send + Sync {
    /// Appends `candidate` as the successor of `after`, or as the first key when `after` is none,
    /// and returns it. When a later key exists already, MUST store nothing and return the successor
    /// of `after`: the same one to all of many concurrent callers.
    ///
    /// When `after` was removed, it has a successor already: MUST store nothing and return the
    /// newest key. Only when there is no key at all MUST the candidate be stored.
    async fn append(
        &self,
        purpose: KeyPurpose,
        candidate: SigningKey,
        after: Option<&KeyId>,
    ) -> Result<SigningKey, StoreError>;

    /// MUST return all keys of the purpose, oldest first.
    async fn list(&self, purpose: KeyPurpose) -> Result<Vec<SigningKey>, StoreError>;

    /// MUST remove this key and no other. MUST succeed when it does not exist. MUST preserve the
    /// order of the other keys and of later ones.
    async fn remove(&self, purpose: KeyPurpose, id: &KeyId) -> Result<(), StoreError>;
}
