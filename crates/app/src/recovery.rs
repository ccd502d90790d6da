//! Background maintenance: recovers unfinished work, removes expired records, and moves documents
//! that were written to an abandoned collection to the right one.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use domain::service::{Recovered, Scope, Services, SigningKeys, Swept};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::capacity::CapacityWatch;

const RECOVERY_INTERVAL: Duration = Duration::from_secs(5);
const SWEEP_INTERVAL: Duration = Duration::from_secs(60);
/// Interval at which this process loads keys that others created or revoked.
pub(crate) const RELOAD_KEYS_INTERVAL: Duration = Duration::from_secs(5);

/// Heartbeat interval; well within the timeout after which others consider this process dead.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(1);

/// Recovers the unfinished work of earlier processes: all of it if no other process can be active,
/// as with an embedded store.
///
/// # Errors
/// Fails if pending work can't be listed. Work that can't be finished now is retried later.
pub(crate) async fn at_start(services: &Services, scope: Scope) -> Result<()> {
    let recovered =
        services.lifecycle.recover(scope).await.context("can't recover unfinished work")?;
    report(recovered);
    // Before the first request, so that this process starts with its share of the rate limits, not
    // with the whole.
    services.limits.heartbeat().await.context("can't send the first heartbeat")
}

/// Sends heartbeats for ever, independently of other background work.
pub(crate) async fn send_heartbeats(services: Services) -> Infallible {
    let mut ticks = interval(HEARTBEAT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_ok = true;
    loop {
        ticks.tick().await;
        match services.limits.heartbeat().await {
            Err(error) if was_ok => {
                warn("heartbeat failed", error.into());
                was_ok = false;
            }
            result => was_ok = result.is_ok(),
        }
    }
}

/// Deregisters this process, so that the others take over its share of the rate limits.
pub(crate) async fn deregister(services: &Services) {
    /// Without this, the others notice after the heartbeat timeout.
    const DEREGISTER_TIMEOUT: Duration = Duration::from_secs(1);
    if let Ok(Err(error)) = timeout(DEREGISTER_TIMEOUT, services.limits.deregister()).await {
        warn("deregistration failed", error.into());
    }
}

/// Recovers unfinished work, sweeps expired records and monitors the capacity for ever. Errors are
/// logged and retried at the next interval.
pub(crate) async fn run(services: Services, mut capacity: CapacityWatch) -> Infallible {
    let mut recovery_ticks = interval(RECOVERY_INTERVAL);
    let mut sweep_ticks = interval(SWEEP_INTERVAL);
    recovery_ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep_ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = recovery_ticks.tick() => {
                match services.lifecycle.recover(Scope::Abandoned).await {
                    Ok(recovered) => report(recovered),
                    Err(error) => warn("recovery of unfinished work failed", error.into()),
                }
                if let Err(error) = capacity.check().await {
                    warn("count of tenant collections failed", error.into());
                }
            }
            _ = sweep_ticks.tick() => sweep(&services).await,
        }
    }
}

/// Reloads and rotates the signing keys for ever. It runs beside [`run`], so that a long
/// recovery does not delay the removal of a stolen key.
pub(crate) async fn maintain_keys(keys: Option<SigningKeys>) -> Infallible {
    let Some(keys) = keys else { return pending().await };
    let mut read = interval(RELOAD_KEYS_INTERVAL);
    read.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        read.tick().await;
        if let Err(error) = keys.maintain().await {
            warn("maintenance of signing keys failed", error.into());
        }
    }
}

async fn sweep(services: &Services) {
    if let Err(error) = services.idempotency.sweep().await {
        warn("removal of expired idempotency keys failed", error.into());
    }
    if let Err(error) = services.login_throttle.sweep().await {
        warn("removal of expired failed logins failed", error.into());
    }
    match services.doctor.sweep().await {
        Ok(Swept { skipped: 0, .. }) => {}
        Ok(Swept { skipped, .. }) => {
            tracing::warn!(skipped, "misplaced collections found; run `tenantry doctor`");
        }
        Err(error) => warn("check for misplaced documents failed", error.into()),
    }
}

fn report(Recovered { finished, unfinished }: Recovered) {
    if finished + unfinished > 0 {
        tracing::info!(finished, unfinished, "recovered unfinished work");
    }
}

fn warn(what: &str, error: Error) {
    tracing::warn!(error = format!("{error:#}"), "{what}");
}
