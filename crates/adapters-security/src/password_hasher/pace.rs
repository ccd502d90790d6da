//! Equalizes the time of refusals, so that it does not reveal what kind of hash was verified.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Number of remembered verifications per cost.
const RECENT: usize = 16;

/// Number of remembered costs: an installation has as many as it was ever configured with.
const COSTS: usize = 16;

/// Cost parameters of a hash, which determine the work of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// Any variant of Argon2.
    Argon2 { memory_kib: u32, passes: u32 },
    /// The binary logarithm of the rounds.
    Bcrypt(u32),
}

/// Durations of recent verifications, for each cost seen since the start.
#[derive(Debug, Default)]
pub(super) struct Pace {
    seen: Mutex<Vec<Seen>>,
}

#[derive(Debug)]
struct Seen {
    cost: Cost,
    recent: Vec<Duration>,
    /// Index of the next one to replace.
    oldest: usize,
    /// Index of the next one to compare with.
    turn: usize,
}

impl Pace {
    /// Records that a verification at `cost` took `took`, and returns how much longer one at the
    /// slowest cost takes. That is zero if all hashes have one cost.
    ///
    /// The comparison uses a different real verification each time: an average would have the same
    /// median, but its constancy would give it away.
    pub(super) fn note(&self, cost: Cost, took: Duration) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.iter_mut().find(|seen| seen.cost == cost) {
            Some(same) => same.note(took),
            None => begin(&mut seen, cost, took),
        }
        match seen.iter_mut().max_by_key(|seen| seen.mean()) {
            Some(slowest) if slowest.cost != cost => slowest.any().saturating_sub(took),
            _ => Duration::ZERO,
        }
    }
}

/// Replaces the fastest when there are too many: only the slowest matters.
fn begin(seen: &mut Vec<Seen>, cost: Cost, took: Duration) {
    if seen.len() == COSTS {
        seen.sort_by_key(Seen::mean);
        seen.remove(0);
    }
    seen.push(Seen { cost, recent: vec![took], oldest: 0, turn: 0 });
}

impl Seen {
    fn note(&mut self, took: Duration) {
        if self.recent.len() < RECENT {
            self.recent.push(took);
        } else {
            self.recent[self.oldest] = took;
            self.oldest = (self.oldest + 1) % RECENT;
        }
    }

    fn mean(&self) -> Duration {
        self.recent.iter().sum::<Duration>() / u32::try_from(self.recent.len()).unwrap_or(1)
    }

    fn any(&mut self) -> Duration {
        self.turn = (self.turn + 1) % self.recent.len();
        self.recent[self.turn]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Cost = Cost::Argon2 { memory_kib: 19_456, passes: 2 };
    const SLOW: Cost = Cost::Bcrypt(12);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_single_cost_never_waits() {
        let pace = Pace::default();
        for took in [20, 5, 40, 1] {
            assert_eq!(pace.note(FAST, ms(took)), ms(0));
        }
    }

    #[test]
    fn a_faster_cost_waits_after_a_slower_one_was_measured() {
        let pace = Pace::default();
        assert_eq!(pace.note(FAST, ms(10)), ms(0));
        assert_eq!(pace.note(SLOW, ms(200)), ms(0));
        assert_eq!(pace.note(FAST, ms(10)), ms(190));
        assert_eq!(pace.note(FAST, ms(15)), ms(185));
        assert_eq!(pace.note(SLOW, ms(150)), ms(0), "the slower one never waits");
        assert_eq!(pace.note(FAST, ms(300)), ms(0), "it is late already");
    }

    #[test]
    fn waits_vary_like_the_measured_durations() {
        let pace = Pace::default();
        for took in [200, 210, 220] {
            pace.note(SLOW, ms(took));
        }
        let mut waits: Vec<_> = (0..6).map(|_| pace.note(FAST, ms(10))).collect();
        waits.sort_unstable();
        assert_eq!(waits, [190, 190, 200, 200, 210, 210].map(ms));
    }

    #[test]
    fn old_measurements_are_forgotten() {
        let pace = Pace::default();
        pace.note(SLOW, ms(5000));
        for _ in 0..RECENT {
            pace.note(SLOW, ms(200));
        }
        for _ in 0..2 * RECENT {
            assert_eq!(pace.note(FAST, ms(10)), ms(190));
        }
    }

    #[test]
    fn the_slowest_costs_are_remembered() {
        let pace = Pace::default();
        for cost in 0..100 {
            pace.note(Cost::Bcrypt(cost), ms(100 + u64::from(cost)));
        }
        pace.note(FAST, ms(10));
        assert_eq!(pace.note(FAST, ms(10)), ms(189));
        assert_eq!(pace.seen.lock().unwrap().len(), COSTS);
    }
}
