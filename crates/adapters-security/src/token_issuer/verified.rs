//! Cache of tokens with verified signatures. A client sends the same token with each request, and
//! verifying the signature is the largest cost of most requests.

use std::sync::Arc;

use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};

use super::claims::Claims;

/// Maximum number of cached tokens: about 10 MB.
const CAPACITY: usize = 10_000;

/// The content of verified tokens, by the hash of their whole text. Every use checks the expiry
/// again, and whether the signing key is still one of ours.
pub(super) struct VerifiedTokens(Cache<[u8; 32], Arc<VerifiedToken>>);

/// A token with a valid signature.
pub(super) struct VerifiedToken {
    /// The id of the signing key, as the token names it.
    pub(super) key: Option<String>,
    pub(super) claims: Claims,
}

impl VerifiedTokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// The cached content of `token`; else the result of `verify`, which is cached.
    pub(super) fn get<E>(
        &self,
        token: &str,
        verify: impl FnOnce() -> Result<VerifiedToken, E>,
    ) -> Result<Arc<VerifiedToken>, E> {
        let digest = digest(&SHA256, token.as_bytes());
        let Ok(text) = <[u8; 32]>::try_from(digest.as_ref()) else { return verify().map(Arc::new) };
        if let Some(known) = self.0.get(&text) {
            return Ok(known);
        }
        let known = Arc::new(verify()?);
        self.0.insert(text, Arc::clone(&known));
        Ok(known)
    }
}
