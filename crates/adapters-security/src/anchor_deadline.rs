//! Deadline for appends to an anchor log, so that a hanging disk does not block signing.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::model::Checkpoint;
use domain::ports::{AnchorLog, BoxError};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Fails appends to an anchor log that take longer than a deadline. The append itself can't be
/// cancelled: it continues as the only one in flight, and until it returns all others fail at once.
pub struct AnchorDeadline {
    log: Arc<dyn AnchorLog>,
    deadline: Duration,
    in_flight: Arc<Semaphore>,
    is_overdue: AtomicBool,
}

impl AnchorDeadline {
    /// Time limit of one append; a sync to a working disk takes milliseconds.
    pub const DEFAULT: Duration = Duration::from_secs(5);

    /// Bounds the appends to `log`.
    #[must_use]
    pub fn new(log: Arc<dyn AnchorLog>, deadline: Duration) -> Self {
        let (in_flight, is_overdue) = (Arc::new(Semaphore::new(1)), AtomicBool::new(false));
        Self { log, deadline, in_flight, is_overdue }
    }

    async fn append_alone(&self, checkpoint: Checkpoint) -> Result<(), BoxError> {
        let permit = Arc::clone(&self.in_flight).acquire_owned().await?;
        self.is_overdue.store(false, Ordering::SeqCst);
        let log = Arc::clone(&self.log);
        // The permit stays with the append when the caller stops waiting.
        let append = tokio::spawn(async move {
            let _permit = permit;
            log.append(&checkpoint).await
        });
        append.await?
    }
}

#[async_trait]
impl AnchorLog for AnchorDeadline {
    fn restored(&self) -> Vec<Checkpoint> {
        self.log.restored()
    }

    async fn append(&self, checkpoint: &Checkpoint) -> Result<(), BoxError> {
        if self.is_overdue.load(Ordering::SeqCst) && self.in_flight.available_permits() == 0 {
            return Err("an earlier append has not returned".into());
        }
        let append = self.append_alone(checkpoint.clone());
        timeout(self.deadline, append).await.unwrap_or_else(|_| {
            self.is_overdue.store(true, Ordering::SeqCst);
            Err("the append takes too long".into())
        })
    }
}
