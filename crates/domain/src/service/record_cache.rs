//! Short-lived cache of the records that authorization reads on every request.

mod invalidation;

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, UnitWeighter};

use crate::model::{Admin, AdminId, Organization, OrganizationId};
use crate::ports::{Clock, Ports, StoreError};

/// Maximum age of a cached record. Changes by another node take effect here after this time,
/// changes by this node at once.
pub(super) const MAX_AGE: Duration = Duration::from_millis(900);
/// Age from which one of the readers refreshes a record; the others do not wait for it.
const REFRESH_AFTER: Duration = Duration::from_millis(450);
/// Maximum number of cached records of a kind.
const CAPACITY: usize = 10_000;
/// Number of change counters. Records share a counter, so a change also invalidates its neighbours.
const SLOTS: usize = 1024;

/// Caches of the records that authorization reads.
#[derive(Clone)]
pub(super) struct RecordCaches {
    pub(super) organizations: Arc<RecordCache<OrganizationId, Organization>>,
    pub(super) admins: Arc<RecordCache<AdminId, Admin>>,
}

impl RecordCaches {
    /// Builds the caches, and wraps `ports` so that every write invalidates them.
    pub(super) fn watching(mut ports: Ports) -> (Self, Ports) {
        let recent = Self {
            organizations: Arc::new(RecordCache::new(ports.clock.clone())),
            admins: Arc::new(RecordCache::new(ports.clock.clone())),
        };
        invalidation::watch(&mut ports, &recent);
        (recent, ports)
    }
}

/// Cache of records of one kind.
pub(super) struct RecordCache<K, V> {
    entries: Cache<K, Arc<Entry<V>>>,
    hasher: DefaultHashBuilder,
    changes: Box<[AtomicU64]>,
    clock: Arc<dyn Clock>,
}

struct Entry<V> {
    value: Arc<V>,
    /// Uptime of the clock before the record was read.
    read_at: Duration,
    /// The change counter before the record was read.
    changes: u64,
    is_renewed: AtomicBool,
}

impl<K: Hash + Eq + Clone, V> RecordCache<K, V> {
    fn new(clock: Arc<dyn Clock>) -> Self {
        let hasher = DefaultHashBuilder::default();
        let entries = Cache::with(
            CAPACITY,
            CAPACITY as u64,
            UnitWeighter,
            hasher.clone(),
            DefaultLifecycle::default(),
        );
        let changes = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { entries, hasher, changes, clock }
    }

    /// Returns the record, at most [`MAX_AGE`] old; `read` reads it from the store.
    pub(super) async fn get<F>(&self, key: &K, read: F) -> Result<Option<Arc<V>>, StoreError>
    where
        F: Future<Output = Result<Option<V>, StoreError>>,
    {
        let (read_at, changes) = (self.clock.uptime(), self.slot(key).load(Ordering::Acquire));
        if let Some(known) = self.entries.get(key).filter(|known| known.changes == changes) {
            let age = read_at.saturating_sub(known.read_at);
            let renews = age >= REFRESH_AFTER && !known.is_renewed.swap(true, Ordering::Relaxed);
            if age < MAX_AGE && !renews {
                return Ok(Some(Arc::clone(&known.value)));
            }
        }
        let Some(value) = read.await?.map(Arc::new) else { return Ok(None) };
        let is_renewed = AtomicBool::new(false);
        let entry = Entry { value: Arc::clone(&value), read_at, changes, is_renewed };
        self.entries.insert(key.clone(), Arc::new(entry));
        Ok(Some(value))
    }

    /// Invalidates a record that has changed or may have: also reads in progress that began before.
    fn changed(&self, key: &K) {
        self.slot(key).fetch_add(1, Ordering::Release);
    }

    /// Invalidates all records.
    fn all_changed(&self) {
        for slot in &self.changes {
            slot.fetch_add(1, Ordering::Release);
        }
    }

    fn slot(&self, key: &K) -> &AtomicU64 {
        &self.changes[self.hasher.hash_one(key) as usize % SLOTS]
    }
}
