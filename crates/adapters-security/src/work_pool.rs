//! [`WorkPool`] on the blocking threads of the runtime.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use async_trait::async_trait;
use bulkhead::{Bulkhead, Limits};
use domain::ports::{PoolBusy, Requester, Work, WorkPool};
use tokio::task::spawn_blocking;

/// Maximum number of waiting computations, of one requester and of all. The size of their input is
/// bounded where it is read.
const WAITING_PER_REQUESTER: usize = 128;
const WAITING: usize = 1024;
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Runs as many computations at once as there are cores, at least two; half of them for one
/// requester.
pub struct SharedWorkPool(Arc<Bulkhead<Requester>>);

impl SharedWorkPool {
    /// A pool for all requesters.
    #[must_use]
    pub fn new() -> Self {
        let total = available_parallelism().map_or(2, NonZeroUsize::get).max(2);
        Self(Bulkhead::new(Limits {
            total,
            per_key: total / 2,
            waiting_per_key: WAITING_PER_REQUESTER,
            waiting: WAITING,
            max_wait: MAX_WAIT,
        }))
    }
}

impl Default for SharedWorkPool {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl WorkPool for SharedWorkPool {
    async fn run(&self, requester: &Requester, work: Work) -> Result<(), PoolBusy> {
        let permit = self.0.acquire(requester, 1).await.map_err(|_| PoolBusy)?;
        let run = move || {
            work();
            // Held until the work is done, even if the caller was dropped.
            drop(permit);
        };
        // Work that panics leaves no result; the caller reports that.
        let _ = spawn_blocking(run).await;
        Ok(())
    }
}
