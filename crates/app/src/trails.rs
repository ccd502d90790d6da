//! Background maintenance of audit trails: flushes the outbox of acknowledged events to the log,
//! signs checkpoints, and truncates trails after the retention period.

use std::convert::Infallible;
use std::time::Duration;

use domain::ports::{Causes, StoreError};
use domain::service::Services;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// Interval at which the outbox is flushed to the log, in stores that do not write both in one
/// transaction.
const SETTLE_EVERY: Duration = Duration::from_millis(100);
const SIGN_EVERY: Duration = Duration::from_secs(60);
const CUT_EVERY: Duration = Duration::from_secs(60 * 60);

/// Flushes the outbox to the audit log for ever.
pub(crate) async fn settle(services: Services) -> Infallible {
    let mut settle = every(SETTLE_EVERY);
    let mut worked = true;
    loop {
        settle.tick().await;
        match services.audit.settle().await {
            // Logs only the first of consecutive failures, not ten per second while the store is
            // down.
            Err(error) if worked => {
                warn("flush of audit events to the log failed", &error);
                worked = false;
            }
            result => worked = result.is_ok(),
        }
    }
}

/// Signs and truncates trails for ever. It has its own loop, because there may be very many trails.
pub(crate) async fn keep_up(services: Services) -> Infallible {
    let (mut sign, mut cut) = (every(SIGN_EVERY), every(CUT_EVERY));
    loop {
        let (what, done) = tokio::select! {
            _ = sign.tick() => ("signing of audit trails failed", services.audit.sign_heads().await),
            _ = cut.tick() => ("truncation of audit trails failed", services.audit.cut_old().await),
        };
        if let Err(error) = done {
            warn(what, &error);
        }
    }
}

/// Flushes the events of the last requests to the log at shutdown. Remaining events stay in the
/// outbox for other servers or the next start.
pub(crate) async fn finish(services: &Services) {
    const PATIENCE: Duration = Duration::from_secs(1);
    if let Ok(Err(error)) = timeout(PATIENCE, services.audit.settle()).await {
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
