//! Pool for long computations.

use async_trait::async_trait;
use thiserror::Error;

use super::Requester;

/// A computation that stores its own result for the caller.
pub type Work = Box<dyn FnOnce() + Send>;

/// The queue of computations is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many computations are queued")]
pub struct PoolBusy;

/// Runs computations outside the request threads, with bounded concurrency.
#[async_trait]
pub trait WorkPool: Send + Sync {
    /// MUST run `work` to its end before it returns, or not at all. The work of one `requester`,
    /// however much, MUST NOT block the work of another.
    ///
    /// # Errors
    /// [`PoolBusy`] when the work was not started.
    async fn run(&self, requester: &Requester, work: Work) -> Result<(), PoolBusy>;
}
