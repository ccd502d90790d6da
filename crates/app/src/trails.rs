//! What is done for audit trails beside the requests: events that were acknowledged are brought into the log, heads
//! are signed, and what is older than it has to be is cut off.

use std::convert::Infallible;
use std::time::Duration;

use domain::ports::{Causes, StoreError};
use domain::service::Services;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

/// How soon an event that was written with a record is in the log, where the store does not do both at once.
const SETTLE_EVERY: Duration = Duration::from_millis(100);
const SIGN_EVERY: Duration = Duration::from_secs(60);
const CUT_EVERY: Duration = Duration::from_secs(60 * 60);

/// Brings events into the log, for ever.
pub(crate) async fn settle(services: Services) -> Infallible {
    let mut settle = every(SETTLE_EVERY);
    let mut worked = true;
    loop {
        settle.tick().await;
        match services.audit.settle().await {
            // Once, and not ten times a second while the store is down.
            Err(error) if worked => {
                warn("can't bring events into the audit log", &error);
                worked = false;
            }
            result => worked = result.is_ok(),
        }
    }
}

/// Signs and cuts trails, for ever. It has a loop of its own: there may be very many of them.
pub(crate) async fn keep_up(services: Services) -> Infallible {
    let (mut sign, mut cut) = (every(SIGN_EVERY), every(CUT_EVERY));
    loop {
        let (what, done) = tokio::select! {
            _ = sign.tick() => ("can't sign audit trails", services.audit.sign_heads().await),
            _ = cut.tick() => ("can't cut audit trails", services.audit.cut_old().await),
        };
        if let Err(error) = done {
            warn(what, &error);
        }
    }
}

/// Brings into the log what the last requests left. What is still left waits with its records, for other servers
/// or for the next start.
pub(crate) async fn finish(services: &Services) {
    const PATIENCE: Duration = Duration::from_secs(1);
    if let Ok(Err(error)) = timeout(PATIENCE, services.audit.settle()).await {
        warn("can't bring the last events into the audit log", &error);
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
