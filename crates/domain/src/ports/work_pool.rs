//! Runs long computations.

use async_trait::async_trait;
use thiserror::Error;

use super::Requester;

/// A computation, which stores its result for its caller.
pub type Work = Box<dyn FnOnce() + Send>;

/// Too many computations are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many computations wait")]
pub struct PoolBusy;

/// Runs computations away from the threads that serve requests, a bounded number at once.
#[async_trait]
pub trait WorkPool: Send + Sync {
    /// MUST run `work` to its end before it returns, or never. The work of one `requester`, however much, MUST NOT
    /// prevent the work of another.
    ///
    /// # Errors
    /// [`PoolBusy`] when the work was not begun.
    async fn run(&self, requester: &Requester, work: Work) -> Result<(), PoolBusy>;
}
