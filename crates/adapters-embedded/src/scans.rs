//! Scans: reads that look at many records, bounded in number, in memory and in time.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::{Budget, OrganizationId, Trail};
use domain::ports::StoreError;
use redb::ReadTransaction;
use tokio::task::spawn_blocking;

use crate::stop::Stop;
use crate::store::EmbeddedStore;

/// How long a scan of a tenant's documents may take; MongoDB gives a query as long (`maxTimeMS`).
const TIME: Duration = Duration::from_secs(2);
/// How long a scan waits for its place.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How many scans of one requester wait, and how many of all.
const WAITING_PER_REQUESTER: usize = 256;
const WAITING: usize = 4096;

/// Who a scan is for. Each has one at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Requester {
    /// An admin of this organization.
    Organization(OrganizationId),
    /// The operator, or work in the background.
    Installation,
    /// A client without a token.
    Anonymous,
}

impl From<&Trail> for Requester {
    fn from(trail: &Trail) -> Self {
        match trail {
            Trail::Organization(id) => Self::Organization(id.clone()),
            Trail::Installation => Self::Installation,
        }
    }
}

/// The places for scans.
pub(crate) struct Scans {
    places: Arc<Bulkhead<Requester>>,
    /// How long a scan may take.
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

    /// How many scans are under way.
    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        self.places.in_use()
    }

    async fn place(&self, requester: &Requester) -> Result<Permit<Requester>, StoreError> {
        self.places.acquire(requester, 1).await.map_err(|_| StoreError::Saturated)
    }
}

/// How many scans run at once: on half of the cores, so that what they find is sent away at least as fast
/// as more is found; and on two at least, so that no requester has all.
fn places() -> usize {
    available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)).max(2)
}

impl EmbeddedStore {
    /// As [`Self::read`], for a look at more than a few records: on a thread that may be blocked, and one
    /// at a time for each requester. The place is taken until the look ends, also when its caller is gone by
    /// then; the budget is exhausted from that moment on, and when the time of a scan is over.
    ///
    /// # Errors
    /// [`StoreError::Saturated`] when too many wait, or this one has waited too long.
    pub(crate) async fn scan<T, E>(
        &self,
        requester: Requester,
        look: impl FnOnce(&ReadTransaction, &Budget<'_>) -> Result<T, Stop<E>> + Send + 'static,
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
