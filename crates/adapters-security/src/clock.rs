//! Clock of this machine.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use chrono::Utc;
use domain::model::Timestamp;
use domain::ports::Clock;

/// The time of the first call of [`SystemClock::uptime`].
static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port")]
    fn now(&self) -> Timestamp {
        Timestamp::new(Utc::now())
    }

    fn uptime(&self) -> Duration {
        STARTED.elapsed()
    }
}
