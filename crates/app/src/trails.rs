//! Background maintenance of audit trails: flushes the outbox of acknowledged events to the log,
//! signs checkpoints, and truncates trails after the retention period.

use std::convert::Infallible;
use std::time::Duration;

use domain::ports::{Causes, StoreError};
use domain::service::Services;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// Interval at which the outbox is flushed to the log, in stores that do not write both in one
/// transaction.
const FLUSH_INTERVAL: Duration = Duration::from_millis(100);
const SIGN_INTERVAL: Duration = Duration::from_secs(60);
const TRUNCATE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Flushes the outbox to the audit log for ever.
pub(crate) async fn flush_outboxes(services: Services) -> Infallible {
    let mut flush = every(FLUSH_INTERVAL);
    let mut was_ok = true;
    loop {
        flush.tick().await;
        match services.audit.flush_outbox().await {
            // Logs only the first of consecutive failures, not ten per second while the store is
            // down.
            Err(error) if was_ok => {
                warn("flush of audit events to the log failed", &error);
                was_ok = false;
            }
            result => was_ok = result.is_ok(),
        }
    }
}

/// Signs and truncates trails for ever. It has its own loop, because there may be very many trails.
pub(crate) async fn sign_and_truncate(services: Services) -> Infallible {
    let (mut sign, mut truncate) = (every(SIGN_INTERVAL), every(TRUNCATE_INTERVAL));
    loop {
        let (what, done) = tokio::select! {
            _ = sign.tick() => ("signing of audit trails failed", services.audit.sign_heads().await),
            _ = truncate.tick() => ("truncation of audit trails failed", services.audit.truncate_expired().await),
        };
        if let Err(error) = done {
            warn(what, &error);
        }
    }
}

/// Flushes the events of the last requests to the log at shutdown. Remaining events stay in the
/// outbox for other servers or the next start.
pub(crate) async fn final_flush(services: &Services) {
    const FINAL_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);
    if let Ok(Err(error)) = timeout(FINAL_FLUSH_TIMEOUT, services.audit.flush_outbox()).await {
        warn("final flush of audit events to the log failed", &error);
    }
}

fn every(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

fn warn(what: &str, error: &StoreError) {
    tracing::warn!(error = %Causes(error), "{what}");
}
