//! Waiting for what can only be asked for, again and again.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};

const INTERVAL: Duration = Duration::from_millis(50);
/// Far more than anything here takes, on a slow machine too.
const PATIENCE: Duration = Duration::from_secs(60);

/// A wait that has an end.
pub(crate) struct Poll {
    what: &'static str,
    deadline: Instant,
}

impl Poll {
    /// Begins to wait until `what`.
    pub(crate) fn until(what: &'static str) -> Self {
        Self { what, deadline: Instant::now() + PATIENCE }
    }

    /// Passes the time until it is worth asking again; an error when it has been asked for too long.
    pub(crate) async fn pause(&self) -> Result<()> {
        let seconds = PATIENCE.as_secs();
        ensure!(Instant::now() < self.deadline, "waited {seconds} s until {}", self.what);
        sleep(INTERVAL).await;
        Ok(())
    }
}
