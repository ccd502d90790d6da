//! Computations that take long.

use async_trait::async_trait;
use thiserror::Error;

/// A computation, which leaves its result where its caller finds it.
pub type Work = Box<dyn FnOnce() + Send>;

/// More computations wait than can be done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many computations wait")]
pub struct PoolBusy;

/// Runs computations away from the threads that serve requests, a bounded number at once.
#[async_trait]
pub trait WorkPool: Send + Sync {
    /// MUST run `work` to its end before it returns, or never. `requester` is on whose behalf: the work of one requester,
    /// however much, MUST NOT keep the work of another from being done.
    ///
    /// # Errors
    /// [`PoolBusy`] when the work was not begun.
    async fn run(&self, requester: &str, work: Work) -> Result<(), PoolBusy>;
}
