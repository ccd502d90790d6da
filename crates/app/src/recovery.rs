//! What goes on beside the requests: work that was begun and left is finished, and what has expired is
//! removed.

use std::convert::Infallible;
use std::time::Duration;

use anyhow::{Context, Error, Result};
use domain::service::{Recovered, Scope, Services};
use tokio::time::{MissedTickBehavior, interval};

const RECOVER_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Finishes what the process before this one left, before anybody else can be at work: an embedded
/// store has one process.
///
/// # Errors
/// When the store can't tell what is pending. Work that can't be finished now is tried again later.
pub(crate) async fn at_start(services: &Services) -> Result<()> {
    let recovered =
        services.lifecycle.recover(Scope::All).await.context("can't recover unfinished work")?;
    report(recovered);
    Ok(())
}

/// Recovers and sweeps for ever. A store that fails now may work the next time.
pub(crate) async fn keep_up(services: Services) -> Infallible {
    let mut recover = interval(RECOVER_EVERY);
    let mut sweep = interval(SWEEP_EVERY);
    recover.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = recover.tick() => match services.lifecycle.recover(Scope::Abandoned).await {
                Ok(recovered) => report(recovered),
                Err(error) => warn("can't recover unfinished work", error.into()),
            },
            _ = sweep.tick() => if let Err(error) = services.idempotency.sweep().await {
                warn("can't remove expired idempotency keys", error.into());
            },
        }
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
