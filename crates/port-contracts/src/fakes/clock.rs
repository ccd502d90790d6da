//! A clock that tests control.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::model::Timestamp;
use domain::ports::Clock;

use crate::fixtures::at;

/// A clock that stands still at [`at`]`(0)` until it is advanced.
#[derive(Debug)]
pub struct SettableClock(Mutex<Timestamp>);

impl SettableClock {
    /// Advances the clock by `duration`.
    pub fn advance(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = *now + duration;
    }
}

impl Default for SettableClock {
    fn default() -> Self {
        Self(Mutex::new(at(0)))
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The total time by which it was advanced.
    fn uptime(&self) -> Duration {
        let millis = self.now().unix_millis() - at(0).unix_millis();
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_advanced() {
        let clock = SettableClock::default();
        assert_eq!((clock.now(), clock.now()), (at(0), at(0)));
        clock.advance(Duration::from_secs(5));
        assert_eq!((clock.now(), clock.uptime()), (at(5), Duration::from_secs(5)));
    }
}
