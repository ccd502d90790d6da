//! Group commit: while an operation of this process is in progress, further ones queue up and are
//! combined into the next one. Otherwise they would conflict with each other.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ports::StoreError;

/// Maximum number of queued operations of a key.
const MAX_QUEUED: usize = 10_000;

/// Queued operations by key; an entry exists while a task serves its queue.
pub(crate) struct OperationQueues<K, T>(Mutex<HashMap<K, VecDeque<T>>>);

/// A queue with the duty to serve it until it is empty. When it is dropped early, because its
/// runtime ends, the queued operations are dropped, and waiting callers get an error.
pub(crate) struct ServedQueue<K: Eq + Hash, T> {
    queues: Arc<OperationQueues<K, T>>,
    key: K,
    is_empty: bool,
}

impl<K, T> Default for OperationQueues<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, T> OperationQueues<K, T> {
    /// Adds `operation` to the queue of `key`; returns the queue if no task serves it yet.
    ///
    /// # Errors
    /// When the queue is full.
    pub(crate) fn push(
        self: &Arc<Self>,
        key: &K,
        operation: T,
    ) -> Result<Option<ServedQueue<K, T>>, StoreError> {
        match self.lock().entry(key.clone()) {
            Entry::Vacant(entry) => {
                entry.insert(VecDeque::from([operation]));
                let queues = Arc::clone(self);
                Ok(Some(ServedQueue { queues, key: key.clone(), is_empty: false }))
            }
            Entry::Occupied(entry) if entry.get().len() >= MAX_QUEUED => {
                Err(StoreError::unavailable("too many queued operations"))
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push_back(operation);
                Ok(None)
            }
        }
    }
}

impl<K, T> OperationQueues<K, T> {
    fn lock(&self) -> MutexGuard<'_, HashMap<K, VecDeque<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T> ServedQueue<K, T> {
    /// The next operations, until their total size reaches `max_size`; if there are none, the queue
    /// is no longer served.
    pub(crate) fn next(&mut self, max_size: usize, size: impl Fn(&T) -> usize) -> Option<Vec<T>> {
        let mut queues = self.queues.lock();
        let queue = queues.get_mut(&self.key)?;
        let (mut batch, mut total) = (Vec::new(), 0);
        while total < max_size
            && let Some(operation) = queue.pop_front()
        {
            total += size(&operation);
            batch.push(operation);
        }
        if batch.is_empty() {
            queues.remove(&self.key);
            self.is_empty = true;
        }
        (!batch.is_empty()).then_some(batch)
    }
}

impl<K: Eq + Hash, T> Drop for ServedQueue<K, T> {
    fn drop(&mut self) {
        if !self.is_empty {
            self.queues.lock().remove(&self.key);
        }
    }
}
