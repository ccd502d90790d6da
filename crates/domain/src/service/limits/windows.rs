//! Counts by key, in a table that does not grow.

#[cfg(test)]
mod tests;

use std::hash::Hash;
use std::time::Duration;

use quick_cache::sync::{Cache, EntryAction, EntryResult};

/// How many keys are counted at most. Of more than that, those that were not seen again are forgotten, and
/// begin anew when they come back; a key in use stays (S3-FIFO).
const CAPACITY: usize = 100_000;

/// What was counted for each key in its present window, which begins with its first request.
pub(super) struct Windows<K>(Cache<K, Window>);

/// What counting one request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// Whether the request is one of those that are allowed.
    pub(super) within: bool,
    /// How many more are.
    pub(super) remaining: u32,
    /// How long the window still lasts.
    pub(super) resets_in: Duration,
}

#[derive(Clone, Copy)]
struct Window {
    /// By the time that never goes back.
    begun: Duration,
    used: u32,
}

impl<K: Hash + Eq + Clone> Windows<K> {
    /// Counts a request of `key` at `now`, of which `allowed` are in a window of `length`. A request that
    /// is refused takes nothing from those to come.
    ///
    /// `amount` is the weight of the request: 0 only checks, and the last admitted request may exceed the
    /// remainder.
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
                // Fails only when the table was emptied meanwhile, which nobody does.
                let _ = place.insert(first);
                counted
            }
            // Nothing is ever removed, and nobody waits with an end.
            EntryResult::Removed(..) | EntryResult::Replaced(..) | EntryResult::Timeout => {
                first.count(amount, allowed, length, now)
            }
        }
    }

    /// Takes back one request of `key`.
    pub(super) fn uncount(&self, key: &K) {
        let one_less = |_: &K, window: &mut Window| {
            window.used = window.used.saturating_sub(1);
            EntryAction::<()>::Retain(())
        };
        // A key that is not counted stays so.
        let _ = self.0.entry(key, None, one_less);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<K: Hash + Eq> Default for Windows<K> {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Window {
    fn count(&mut self, amount: u32, allowed: u32, length: Duration, now: Duration) -> Counted {
        // A thread may come with a time that was read before the window of another began.
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
