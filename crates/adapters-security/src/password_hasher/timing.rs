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
pub(super) struct TimingEqualizer {
    seen: Mutex<Vec<CostTimings>>,
}

#[derive(Debug)]
struct CostTimings {
    cost: Cost,
    recent: Vec<Duration>,
    /// Index of the next one to replace.
    oldest: usize,
    /// Index of the next one to compare with.
    turn: usize,
}

impl TimingEqualizer {
    /// Records that a verification at `cost` took `elapsed`, and returns how much longer one at the
    /// slowest cost takes. That is zero if all hashes have one cost.
    ///
    /// The comparison uses a different real verification each time: an average would have the same
    /// median, but its constancy would give it away.
    pub(super) fn record(&self, cost: Cost, elapsed: Duration) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.iter_mut().find(|seen| seen.cost == cost) {
            Some(same) => same.record(elapsed),
            None => begin(&mut seen, cost, elapsed),
        }
        match seen.iter_mut().max_by_key(|seen| seen.mean()) {
            Some(slowest) if slowest.cost != cost => slowest.any().saturating_sub(elapsed),
            _ => Duration::ZERO,
        }
    }
}

/// Replaces the fastest when there are too many: only the slowest matters.
fn begin(seen: &mut Vec<CostTimings>, cost: Cost, elapsed: Duration) {
    if seen.len() == COSTS {
        seen.sort_by_key(CostTimings::mean);
        seen.remove(0);
    }
    seen.push(CostTimings { cost, recent: vec![elapsed], oldest: 0, turn: 0 });
}

impl CostTimings {
    fn record(&mut self, elapsed: Duration) {
        if self.recent.len() < RECENT {
            self.recent.push(elapsed);
        } else {
            self.recent[self.oldest] = elapsed;
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
        let timing = TimingEqualizer::default();
        for elapsed in [20, 5, 40, 1] {
            assert_eq!(timing.record(FAST, ms(elapsed)), ms(0));
        }
    }

    #[test]
    fn a_faster_cost_waits_after_a_slower_one_was_measured() {
        let timing = TimingEqualizer::default();
        assert_eq!(timing.record(FAST, ms(10)), ms(0));
        assert_eq!(timing.record(SLOW, ms(200)), ms(0));
        assert_eq!(timing.record(FAST, ms(10)), ms(190));
        assert_eq!(timing.record(FAST, ms(15)), ms(185));
        assert_eq!(timing.record(SLOW, ms(150)), ms(0), "the slower one never waits");
        assert_eq!(timing.record(FAST, ms(300)), ms(0), "it is late already");
    }

    #[test]
    fn waits_vary_like_the_measured_durations() {
        let timing = TimingEqualizer::default();
        for elapsed in [200, 210, 220] {
            timing.record(SLOW, ms(elapsed));
        }
        let mut waits: Vec<_> = (0..6).map(|_| timing.record(FAST, ms(10))).collect();
        waits.sort_unstable();
        assert_eq!(waits, [190, 190, 200, 200, 210, 210].map(ms));
    }

    #[test]
    fn old_measurements_are_forgotten() {
        let timing = TimingEqualizer::default();
        timing.record(SLOW, ms(5000));
        for _ in 0..RECENT {
            timing.record(SLOW, ms(200));
        }
        for _ in 0..2 * RECENT {
            assert_eq!(timing.record(FAST, ms(10)), ms(190));
        }
    }

    #[test]
    fn the_slowest_costs_are_remembered() {
        let timing = TimingEqualizer::default();
        for cost in 0..100 {
            timing.record(Cost::Bcrypt(cost), ms(100 + u64::from(cost)));
        }
        timing.record(FAST, ms(10));
        assert_eq!(timing.record(FAST, ms(10)), ms(189));
        assert_eq!(timing.seen.lock().unwrap().len(), COSTS);
    }
}
