//! Polling for a condition.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

const INTERVAL: Duration = Duration::from_millis(50);
/// Timeout: far longer than anything here takes, also on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A wait with a timeout.
pub(crate) struct Poll {
    what: &'static str,
    deadline: Instant,
}

impl Poll {
    /// Begins to wait for `what`.
    pub(crate) fn until(what: &'static str) -> Self {
        Self { what, deadline: Instant::now() + TIMEOUT }
    }

    /// Waits until the next poll; an error after the timeout.
    pub(crate) async fn pause(&self) -> Result<()> {
        let seconds = TIMEOUT.as_secs();
        ensure!(Instant::now() < self.deadline, "waited {seconds} s until {}", self.what);
        sleep(INTERVAL).await;
        Ok(())
    }
}
