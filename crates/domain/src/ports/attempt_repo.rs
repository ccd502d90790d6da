//! Failed attempts, counted so that passwords can't be guessed.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{AttemptKey, Attempts, Timestamp};

/// What is known of attempts to log in. It has to outlive the process, and to hold for all processes on the
/// same store.
#[async_trait]
pub trait AttemptRepo: Send + Sync {
    /// MUST tell what is known under each of `keys`, in their order; of a key that was never used, or was
    /// swept, that is nothing. MUST see every failure that was acknowledged before.
    async fn get(&self, keys: &[AttemptKey]) -> Result<Vec<Attempts>, StoreError>;

    /// Counts a failure, and tells what was known before: what comes of it is
    /// [`Attempts::failed`].
    ///
    /// MUST count each of many concurrent failures, and tell each of them another count. MUST begin at one
    /// again when the first failure was `window` or longer before `at`. MUST NOT move the last failure back,
    /// where clocks differ. MUST keep what is known of a success.
    async fn fail(
        &self,
        key: &AttemptKey,
        at: Timestamp,
        window: Duration,
    ) -> Result<Attempts, StoreError>;

    /// MUST forget the failures under `key`, and remember the success until `until`.
    async fn succeed(&self, key: &AttemptKey, until: Timestamp) -> Result<(), StoreError>;

    /// MUST remove what ended at or before `now`, and nothing else: failures end `window` after the first of
    /// them, a success when it is not remembered any more, and a key of which both are known with the later.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
