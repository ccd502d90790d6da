//! Fixed-window counters by key, in a table of bounded size.

#[cfg(test)]
mod tests;

use std::hash::Hash;
use std::time::Duration;

use quick_cache::sync::{Cache, EntryAction, EntryResult};

/// Maximum number of keys. Beyond it, keys that were seen only once are evicted, and start again
/// when they come back; a key in use stays (S3-FIFO).
const CAPACITY: usize = 100_000;

/// Counter of each key in its current window, which begins with its first request.
pub(super) struct FixedWindows<K>(Cache<K, Window>);

/// Result of counting one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// Whether the request is within the limit.
    pub(super) within: bool,
    /// Number of further requests within the limit.
    pub(super) remaining: u32,
    /// Time until the window ends.
    pub(super) resets_in: Duration,
}

#[derive(Clone, Copy)]
struct Window {
    /// On the monotonic clock.
    begun: Duration,
    used: u32,
}

impl<K: Hash + Eq + Clone> FixedWindows<K> {
    /// Counts a request of `key` at `now`; `allowed` requests fit into a window of `length`. A
    /// refused request does not use up the limit.
    ///
    /// `amount` is the weight of the request: 0 only checks, and the last admitted request may
    /// exceed the remainder.
    pub(super) fn count(
        &self,
        key: &K,
        amount: u32,
        allowed: u32,
        length: Duration,
        now: Duration,
    ) -> Counted {
        let again = |_: &K, window: &mut Window| {
            EntryAction::<Counted>::Retain(window.count(amount, allowed, length, now))
        };
        let mut first = Window { begun: now, used: 0 };
        match self.0.entry(key, None, again) {
            EntryResult::Retained(counted) => counted,
            EntryResult::Vacant(place) => {
                let counted = first.count(amount, allowed, length, now);
                // Fails only when the table was cleared meanwhile, which never happens.
                let _ = place.insert(first);
                counted
            }
            // Entries are never removed, and no caller waits with a timeout.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {
                first.count(amount, allowed, length, now)
            }
        }
    }

    /// Undoes one counted request of `key`.
    pub(super) fn uncount(&self, key: &K) {
        let one_less = |_: &K, window: &mut Window| {
            window.used = window.used.saturating_sub(1);
            EntryAction::<()>::Retain(())
        };
        // A key without a counter stays without one.
        let _ = self.0.entry(key, None, one_less);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<K: Hash + Eq> Default for FixedWindows<K> {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Window {
    fn count(&mut self, amount: u32, allowed: u32, length: Duration, now: Duration) -> Counted {
        // A thread may arrive with a time that was read before another thread began the window.
        if now >= self.begun + length {
            *self = Self { begun: now, used: 0 };
        }
        let within = self.used < allowed;
        self.used = self.used.saturating_add(if within { amount } else { 0 });
        let remaining = allowed.saturating_sub(self.used);
        let resets_in = (self.begun + length).saturating_sub(now);
        Counted { within, remaining, resets_in }
    }
}
