//! Computations on the calling thread.

use async_trait::async_trait;
use domain::ports::{PoolBusy, Requester, Work, WorkPool};

/// Runs all work at once.
pub struct InlineWork;

#[async_trait]
impl WorkPool for InlineWork {
    async fn run(&self, _: &Requester, work: Work) -> Result<(), PoolBusy> {
        work();
        Ok(())
    }
}
