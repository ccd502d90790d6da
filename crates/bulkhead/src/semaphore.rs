//! A semaphore with a limit per key.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::{FairQueue, Priority, QueueLimits};

/// The limits of a [`Bulkhead`]. The user defines the unit: a call, a connection, a byte.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Units in use by all keys together.
    pub total: usize,
    /// Units in use by one key.
    pub per_key: usize,
    /// Maximum number of waiting callers of one key.
    pub waiting_per_key: usize,
    /// Maximum number of waiting callers of all keys.
    pub waiting: usize,
    /// Maximum wait of a caller.
    pub max_wait: Duration,
}

/// The bulkhead, or the share of the key, is full, and the caller may not wait (any longer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bulkhead is saturated")]
pub struct Saturated;

/// A permit that is held longer makes its key a heavy one.
const BRIEF: Duration = Duration::from_millis(100);
/// Time for which a key stays heavy, as a multiple of the time that the permit was held.
const HEAVY_FOR: u32 = 10;
/// Number of heavy keys at which expired ones are removed.
const MANY: usize = 1024;

/// A semaphore that bounds the units in use by all keys together, and by each key.
///
/// Waiting callers are served fairly: keys take turns, and the callers of one key are served in
/// order. Callers of heavy keys, which have held a permit for long, wait behind those of all other
/// keys: so many keys with slow work do not starve one with quick work. A caller that stops waiting
/// (a dropped future) leaves the queue. When the queue is full, the last caller of the key with the
/// most callers is evicted.
pub struct Bulkhead<K: Clone + Eq + Hash> {
    limits: Limits,
    brief: Duration,
    state: Mutex<State<K>>,
}

/// Units in use. They are free again when the permit is dropped; it may move into the closure or
/// task that does the work, so that it lives as long as the work and not as long as the caller.
pub struct Permit<K: Clone + Eq + Hash> {
    bulkhead: Arc<Bulkhead<K>>,
    key: K,
    units: usize,
    since: Instant,
}

struct State<K: Clone + Eq + Hash> {
    in_use: usize,
    by_key: HashMap<K, usize>,
    /// Time until which each key is heavy.
    heavy: HashMap<K, Instant>,
    waiting: FairQueue<K, Waiter<K>>,
}

struct Waiter<K: Clone + Eq + Hash> {
    units: usize,
    permit: oneshot::Sender<Permit<K>>,
}

impl<K: Clone + Eq + Hash> Bulkhead<K> {
    /// A bulkhead with nothing in use. Limits of 0 count as 1.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        Self::with_brief(limits, BRIEF)
    }

    /// As [`Self::new`], but a permit that is held longer than `brief` makes its key a heavy one.
    #[must_use]
    pub fn with_brief(limits: Limits, brief: Duration) -> Arc<Self> {
        let total = limits.total.max(1);
        let limits = Limits { total, per_key: limits.per_key.clamp(1, total), ..limits };
        let queue = QueueLimits { total: limits.waiting, per_key: limits.waiting_per_key };
        let state = State {
            in_use: 0,
            by_key: HashMap::new(),
            heavy: HashMap::new(),
            waiting: FairQueue::new(queue),
        };
        Arc::new(Self { limits, brief, state: Mutex::new(state) })
    }

    /// Takes `units` for `key` without waiting. More units than the share of a key count as the
    /// whole share.
    ///
    /// # Errors
    /// [`Saturated`] when the units are not free, or other callers wait for them.
    pub fn try_acquire(self: &Arc<Self>, key: &K, units: usize) -> Result<Permit<K>, Saturated> {
        let units = units.min(self.limits.per_key);
        let taken = self.state().try_take(&self.limits, key, units);
        taken.then(|| self.permit(key.clone(), units)).ok_or(Saturated)
    }

    /// Takes `units` for `key`, and waits for them if necessary. More units than the share of a key
    /// count as the whole share.
    ///
    /// # Errors
    /// [`Saturated`], at once when too many callers wait, else after the maximum wait.
    pub async fn acquire(self: &Arc<Self>, key: &K, units: usize) -> Result<Permit<K>, Saturated> {
        let mut queued = match self.take_or_wait(key, units.min(self.limits.per_key))? {
            Admission::Now(permit) => return Ok(permit),
            Admission::Later(permit) => Queued { bulkhead: self, permit },
        };
        match timeout(self.limits.max_wait, &mut queued.permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Saturated),
        }
    }

    /// Units in use by all keys together.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.state().in_use
    }

    fn take_or_wait(self: &Arc<Self>, key: &K, units: usize) -> Result<Admission<K>, Saturated> {
        let mut state = self.state();
        if state.try_take(&self.limits, key, units) {
            return Ok(Admission::Now(self.permit(key.clone(), units)));
        }
        let (permit, waiting) = oneshot::channel();
        let waiter = Waiter { units, permit };
        let priority = if state.is_heavy(key) { Priority::Normal } else { Priority::Urgent };
        // An evicted caller finds its channel closed.
        let pushed = state.waiting.push(key.clone(), priority, waiter);
        pushed.map(|_| Admission::Later(waiting)).map_err(|_| Saturated)
    }

    fn permit(self: &Arc<Self>, key: K, units: usize) -> Permit<K> {
        Permit { bulkhead: Arc::clone(self), key, units, since: Instant::now() }
    }

    fn release(self: &Arc<Self>, key: &K, units: usize, held: Duration) {
        self.admit_after(|state| {
            if held > self.brief {
                state.remember_heavy(key, held);
            }
            state.give_back(key, units);
        });
    }

    /// Admits the waiting callers that fit after `change`.
    fn admit_after(self: &Arc<Self>, change: impl FnOnce(&mut State<K>)) {
        let admitted = {
            let mut state = self.state();
            change(&mut state);
            state.admit_waiting(&self.limits)
        };
        for (key, waiter) in admitted {
            // If the caller was dropped, its permit is dropped here and admits the next one: the
            // lock must not be held.
            let _ = waiter.permit.send(self.permit(key, waiter.units));
        }
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Admission<K: Clone + Eq + Hash> {
    Now(Permit<K>),
    Later(oneshot::Receiver<Permit<K>>),
}

/// A waiting caller. When it is dropped, callers behind it may fit.
struct Queued<'a, K: Clone + Eq + Hash> {
    bulkhead: &'a Arc<Bulkhead<K>>,
    permit: oneshot::Receiver<Permit<K>>,
}

impl<K: Clone + Eq + Hash> Drop for Queued<'_, K> {
    fn drop(&mut self) {
        self.permit.close();
        // A permit that was sent at the last moment is released.
        drop(self.permit.try_recv());
        self.bulkhead.admit_after(|state| {
            state.waiting.retain(|waiter| !waiter.permit.is_closed());
        });
    }
}

/// Between calls no waiting caller could be admitted: each release, and each caller that stops
/// waiting, admits all that fit.
impl<K: Clone + Eq + Hash> State<K> {
    fn try_take(&mut self, limits: &Limits, key: &K, units: usize) -> bool {
        let admitted = self.admits(limits, key, units);
        if admitted {
            self.take(key, units);
        }
        admitted
    }

    /// Whether a new caller may take `units` without overtaking another.
    fn admits(&self, limits: &Limits, key: &K, units: usize) -> bool {
        self.in_share(limits, key, units)
            && self.in_use + units <= limits.total
            && !self.waiting.has(key)
            // A caller within its share waits for the total: newcomers must not overtake it.
            && !self.waiting.any_front(|key, waiter| self.in_share(limits, key, waiter.units))
    }

    fn in_share(&self, limits: &Limits, key: &K, units: usize) -> bool {
        self.by_key.get(key).copied().unwrap_or(0) + units <= limits.per_key
    }

    fn is_heavy(&self, key: &K) -> bool {
        self.heavy.get(key).is_some_and(|until| Instant::now() < *until)
    }

    fn remember_heavy(&mut self, key: &K, held: Duration) {
        let now = Instant::now();
        if self.heavy.len() >= MANY {
            self.heavy.retain(|_, until| now < *until);
        }
        self.heavy.insert(key.clone(), now + held.saturating_mul(HEAVY_FOR));
    }

    fn take(&mut self, key: &K, units: usize) {
        self.in_use += units;
        *self.by_key.entry(key.clone()).or_default() += units;
    }

    fn give_back(&mut self, key: &K, units: usize) {
        self.in_use -= units;
        if let Some(of_key) = self.by_key.get_mut(key) {
            *of_key -= units;
            if *of_key == 0 {
                self.by_key.remove(key);
            }
        }
    }

    /// Takes units for the waiting callers that fit, in turn.
    fn admit_waiting(&mut self, limits: &Limits) -> Vec<(K, Waiter<K>)> {
        let mut admitted = Vec::new();
        loop {
            let (by_key, total) = (&self.by_key, limits.total - self.in_use);
            let mut fits_total = true;
            let next = self.waiting.pop_if(|key, waiter| {
                if waiter.permit.is_closed() {
                    return true;
                }
                let of_key = by_key.get(key).copied().unwrap_or(0);
                let in_share = of_key + waiter.units <= limits.per_key;
                // The first caller within its share is the next one: no other passes it.
                fits_total &= !in_share || waiter.units <= total;
                in_share && fits_total
            });
            let Some((key, waiter)) = next else { return admitted };
            if !waiter.permit.is_closed() {
                self.take(&key, waiter.units);
                admitted.push((key, waiter));
            }
        }
    }
}

impl<K: Clone + Eq + Hash> Drop for Permit<K> {
    fn drop(&mut self) {
        self.bulkhead.release(&self.key, self.units, self.since.elapsed());
    }
}

impl<K: Clone + Eq + Hash> fmt::Debug for Permit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("units", &self.units).finish_non_exhaustive()
    }
}

impl<K: Clone + Eq + Hash> fmt::Debug for Bulkhead<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulkhead").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
