//! Scans: reads of many records, limited in concurrency and duration (bulkhead).

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::Budget;
use domain::ports::{Requester, StoreError};
use redb::ReadTransaction;
use tokio::task::spawn_blocking;

use crate::store::EmbeddedStore;
use crate::tx_error::TxError;

/// Maximum duration of a scan of a tenant's documents; MongoDB's `maxTimeMS` for queries is the
/// same.
const MAX_DURATION: Duration = Duration::from_secs(2);
/// Maximum wait of a scan for a permit.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// Maximum number of waiting scans, of one requester and of all.
const MAX_WAITING_PER_REQUESTER: usize = 256;
const MAX_WAITING: usize = 4096;

/// The scan permits of the store. Each requester runs one scan at a time.
pub(crate) struct Scans {
    bulkhead: Arc<Bulkhead<Requester>>,
    /// Maximum duration of a scan.
    max_duration: Duration,
}

impl Scans {
    pub(crate) fn new() -> Self {
        Self::with_max_duration(MAX_DURATION)
    }

    pub(crate) fn with_max_duration(max_duration: Duration) -> Self {
        let limits = Limits {
            total: max_scans(),
            per_key: 1,
            waiting_per_key: MAX_WAITING_PER_REQUESTER,
            waiting: MAX_WAITING,
            max_wait: MAX_WAIT,
        };
        Self { bulkhead: Bulkhead::new(limits), max_duration }
    }

    /// The number of running scans.
    #[cfg(test)]
    pub(crate) fn running(&self) -> usize {
        self.bulkhead.in_use()
    }

    async fn acquire(&self, requester: &Requester) -> Result<Permit<Requester>, StoreError> {
        self.bulkhead.acquire(requester, 1).await.map_err(|_| StoreError::Saturated)
    }
}

/// The number of concurrent scans: half of the cores, so that the other half can send the results;
/// at least three, so that one organization can't hold all permits with its documents and its
/// trail.
fn max_scans() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)).max(3)
}

impl EmbeddedStore {
    /// [`Self::read`] for more than a few records: runs on a blocking thread, one scan at a time
    /// per requester. The permit is held until `read` returns, even if the caller is dropped
    /// earlier. The budget is exhausted once the caller is dropped or the maximum duration is over.
    ///
    /// # Errors
    /// [`StoreError::Saturated`] when the queue is full or the maximum wait is over.
    pub(crate) async fn scan<T, E>(
        &self,
        requester: Requester,
        read: impl FnOnce(&ReadTransaction, &Budget<'_>) -> Result<T, TxError<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = self.scans().acquire(&requester).await?;
        let store = self.clone();
        let caller = Arc::new(());
        let waiting = Arc::downgrade(&caller);
        let scan = spawn_blocking(move || {
            let _permit = permit;
            let end = Instant::now().checked_add(store.scans().max_duration);
            let in_time = || end.is_none_or(|end| Instant::now() < end);
            let may_go_on = || waiting.strong_count() > 0 && in_time();
            store.read(|tx| read(tx, &Budget::new(&may_go_on)))
        });
        let found = scan.await.map_err(StoreError::unavailable)?;
        drop(caller);
        found
    }
}
