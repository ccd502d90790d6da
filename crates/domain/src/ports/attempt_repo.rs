//! Repository of login attempts, for brute-force protection.

use std::time::Duration;

use async_trait::async_trait;

use super::StoreError;
use crate::model::{AttemptKey, Attempts, Timestamp};

/// Repository of login attempts. Its content MUST survive a restart of the process and be shared by
/// all processes on the same store.
#[async_trait]
pub trait AttemptRepo: Send + Sync {
    /// MUST return the attempts under each of `keys`, in their order. A key that was never used, or
    /// was swept, has none. MUST include every failure that was acknowledged before.
    async fn get(&self, keys: &[AttemptKey]) -> Result<Vec<Attempts>, StoreError>;

    /// Counts a failure and returns the state before it; [`Attempts::failed`] computes the state
    /// after it.
    ///
    /// MUST count each of many concurrent failures, and return a different count to each caller.
    /// MUST restart the count at one when the first failure was `window` or longer before `at`.
    /// MUST NOT move the time of the last failure backwards when clocks differ. MUST keep a
    /// remembered success.
    async fn fail(
        &self,
        key: &AttemptKey,
        at: Timestamp,
        window: Duration,
    ) -> Result<Attempts, StoreError>;

    /// MUST clear the failures under `key`, and remember the success until `until`.
    async fn succeed(&self, key: &AttemptKey, until: Timestamp) -> Result<(), StoreError>;

    /// MUST remove exactly what expired at or before `now`. Failures expire `window` after the
    /// first of them; a success expires when it is no longer remembered; a key with both expires
    /// with the later of the two.
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}
