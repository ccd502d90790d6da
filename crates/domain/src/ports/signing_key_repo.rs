//! The keys that sign tokens.

use async_trait::async_trait;

use super::StoreError;
use crate::model::SigningKey;

/// Keeps the signing keys of an installation.
#[async_trait]
pub trait SigningKeyRepo: Send + Sync {
    /// MUST keep `candidate` when there is no key yet, and return the key that is kept: the same one to
    /// all of many concurrent callers.
    async fn first(&self, candidate: SigningKey) -> Result<SigningKey, StoreError>;
}
