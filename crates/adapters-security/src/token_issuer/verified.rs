//! Tokens whose signatures were verified a moment ago. A client sends the same token with each request, and
//! a signature is what costs most in most of them.

use std::sync::Arc;

use quick_cache::sync::Cache;
use ring::digest::{SHA256, digest};

use super::claims::Claims;

/// How many tokens are remembered: about 10 MB.
const CAPACITY: usize = 10_000;

/// What such tokens say, under the hash of all of their text. When they end is looked at each time, and so is
/// whether the key that signed them is still one of ours.
pub(super) struct Verified(Cache<[u8; 32], Arc<Known>>);

/// A token whose signature is good.
pub(super) struct Known {
    /// The id of the key that signed it, as the token names it.
    pub(super) key: Option<String>,
    pub(super) claims: Claims,
}

impl Verified {
    pub(super) fn new() -> Self {
        Self(Cache::new(CAPACITY))
    }

    /// What is known of `token`; else what `verify` finds, which is remembered.
    pub(super) fn get<E>(
        &self,
        token: &str,
        verify: impl FnOnce() -> Result<Known, E>,
    ) -> Result<Arc<Known>, E> {
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
