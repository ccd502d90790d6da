//! Offload of long computations from the worker threads.

use std::sync::{Arc, Mutex, PoisonError};

use crate::ports::{PoolBusy, Requester, WorkPool};
use crate::service::Error;

/// Runs computations over data of clients and stores: parsing, merging, hashing.
#[derive(Clone)]
pub struct Offload(Arc<dyn WorkPool>);

impl Offload {
    /// Up to this many bytes a computation runs inline: a switch to another thread and back takes
    /// longer.
    pub const INLINE: usize = 64 * 1024;

    pub(in crate::service) fn new(pool: Arc<dyn WorkPool>) -> Self {
        Self(pool)
    }

    /// Runs `work` over `bytes` on behalf of `requester` and returns its result.
    ///
    /// # Errors
    /// [`Error::Overloaded`] when too many computations are queued; `work` was not started then.
    pub async fn run<T: Send + 'static>(
        &self,
        requester: &Requester,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        if bytes <= Self::INLINE {
            return Ok(work());
        }
        let result = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&result);
        let work = Box::new(move || {
            let computed = work();
            *filled.lock().unwrap_or_else(PoisonError::into_inner) = Some(computed);
        });
        self.0.run(requester, work).await?;
        let computed = result.lock().unwrap_or_else(PoisonError::into_inner).take();
        computed.ok_or_else(|| Error::Internal("a computation panicked".into()))
    }
}

impl From<PoolBusy> for Error {
    fn from(_: PoolBusy) -> Self {
        Self::Overloaded
    }
}
