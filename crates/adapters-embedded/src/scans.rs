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
const TIME: Duration = Duration::from_secs(2);
/// Maximum wait of a scan for a permit.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// Maximum number of waiting scans, of one requester and of all.
const WAITING_PER_REQUESTER: usize = 256;
const WAITING: usize = 4096;

/// The scan permits of the store. Each requester runs one scan at a time.
pub(crate) struct Scans {
    places: Arc<Bulkhead<Requester>>,
    /// Maximum duration of a scan.
    time: Duration,
}

impl Scans {
    pub(crate) fn new() -> Self {
        Self::with_time(TIME)
    }

    pub(crate) fn with_time(time: Duration) -> Self {
        let limits = Limits {
            total: places(),
            per_key: 1,
            waiting_per_key: WAITING_PER_REQUESTER,
            waiting: WAITING,
            longest_wait: LONGEST_WAIT,
        };
        Self { places: Bulkhead::new(limits), time }
    }

    /// The number of running scans.
    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        self.places.in_use()
    }

    async fn place(&self, requester: &Requester) -> Result<Permit<Requester>, StoreError> {
        self.places.acquire(requester, 1).await.map_err(|_| StoreError::Saturated)
    }
}

/// The number of concurrent scans: half of the cores, so that the other half can send the results;
/// at least three, so that one organization can't hold all permits with its documents and its
/// trail.
fn places() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)).max(3)
}

impl EmbeddedStore {
    /// [`Self::read`] for more than a few records: runs on a blocking thread, one scan at a time
    /// per requester. The permit is held until `look` returns, even if the caller is dropped
    /// earlier. The budget is exhausted once the caller is dropped or the maximum duration is over.
    ///
    /// # Errors
    /// [`StoreError::Saturated`] when the queue is full or the maximum wait is over.
    pub(crate) async fn scan<T, E>(
        &self,
        requester: Requester,
        look: impl FnOnce(&ReadTransaction, &Budget<'_>) -> Result<T, TxError<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let place = self.scans().place(&requester).await?;
        let store = self.clone();
        let caller = Arc::new(());
        let waits = Arc::downgrade(&caller);
        let scan = spawn_blocking(move || {
            let _place = place;
            let end = Instant::now().checked_add(store.scans().time);
            let in_time = || end.is_none_or(|end| Instant::now() < end);
            let may_go_on = || waits.strong_count() > 0 && in_time();
            store.read(|tx| look(tx, &Budget::new(&may_go_on)))
        });
        let found = scan.await.map_err(StoreError::unavailable)?;
        drop(caller);
        found
    }
}
