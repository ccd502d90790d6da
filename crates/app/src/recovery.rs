//! What goes on beside the requests: work that was begun and left is finished, what has expired is removed,
//! and documents that were written to a place given up are moved to where they belong.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use domain::service::{Recovered, Scope, Services, SigningKeys, Swept};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::capacity::CapacityWatch;

const RECOVER_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How soon a key that was made or revoked elsewhere is known here.
pub(crate) const READ_KEYS_EVERY: Duration = Duration::from_secs(5);

/// Well within the time after which others take this process for gone.
const BEAT_EVERY: Duration = Duration::from_secs(1);

/// Finishes what the process before this one left: all of it where nobody else can be at work, as with an
/// embedded store.
///
/// # Errors
/// When the store can't tell what is pending. Work that can't be finished now is tried again later.
pub(crate) async fn at_start(services: &Services, scope: Scope) -> Result<()> {
    let recovered =
        services.lifecycle.recover(scope).await.context("can't recover unfinished work")?;
    report(recovered);
    // Before the first request, so that it meets a share of the limits and not the whole.
    services.limits.beat().await.context("can't tell the other servers that this one is there")
}

/// Keeps others aware of this process, for ever, whatever else is at work.
pub(crate) async fn beat(services: Services) -> Infallible {
    let mut beat = interval(BEAT_EVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = true;
    loop {
        beat.tick().await;
        match services.limits.beat().await {
            Err(error) if heard => {
                warn("can't tell the other servers that this one is there", error.into());
                heard = false;
            }
            result => heard = result.is_ok(),
        }
    }
}

/// Lets the others share what this process was allowed.
pub(crate) async fn leave(services: &Services) {
    /// They find out by themselves a little later.
    const PATIENCE: Duration = Duration::from_secs(1);
    if let Ok(Err(error)) = timeout(PATIENCE, services.limits.leave()).await {
        warn("can't tell the other servers that this one ends", error.into());
    }
}

/// Recovers, sweeps and watches for ever. A store that fails now may work the next time.
pub(crate) async fn keep_up(services: Services, mut capacity: CapacityWatch) -> Infallible {
    let mut recover = interval(RECOVER_EVERY);
    let mut sweep = interval(SWEEP_EVERY);
    recover.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = recover.tick() => {
                match services.lifecycle.recover(Scope::Abandoned).await {
                    Ok(recovered) => report(recovered),
                    Err(error) => warn("can't recover unfinished work", error.into()),
                }
                if let Err(error) = capacity.look().await {
                    warn("can't tell how many collections there are", error.into());
                }
            }
            _ = sweep.tick() => sweep_up(&services).await,
        }
    }
}

/// Looks after the signing keys for ever, beside [`keep_up`]: a stolen key must not be in use for as long as
/// a recovery takes.
pub(crate) async fn keep_keys(keys: Option<SigningKeys>) -> Infallible {
    let Some(keys) = keys else { return pending().await };
    let mut read = interval(READ_KEYS_EVERY);
    read.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        read.tick().await;
        if let Err(error) = keys.keep_up().await {
            warn("can't look after the signing keys", error.into());
        }
    }
}

async fn sweep_up(services: &Services) {
    if let Err(error) = services.idempotency.sweep().await {
        warn("can't remove expired idempotency keys", error.into());
    }
    if let Err(error) = services.guesses.sweep().await {
        warn("can't remove failed logins that are forgotten", error.into());
    }
    match services.doctor.sweep().await {
        Ok(Swept { left: 0, .. }) => {}
        Ok(Swept { left, .. }) => {
            tracing::warn!(left, "collections out of place: `tenantry doctor` tells which");
        }
        Err(error) => warn("can't look for documents out of place", error.into()),
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
