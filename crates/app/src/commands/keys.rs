//! Command `tenantry keys`.

use std::fmt::Display;
use std::io::{Write, stdout};

use anyhow::{Context, Result, bail};
use domain::model::{KeyRing, KeyState, Timestamp};
use domain::service::SigningKeys;
use tokio::runtime;

use super::open::open;
use crate::cli::KeyAction;
use crate::config::Config;
use crate::logging;
use crate::recovery::RELOAD_KEYS_INTERVAL;

const SECRET: &str = "tokens are signed with SECRET_KEY: there are no keys to list or rotate; \
                      to revoke all tokens, change it";

/// Lists or rotates the signing keys in the store.
///
/// # Errors
/// Fails if the store can't be opened or fails, or if tokens are signed with a secret.
pub(crate) fn keys(config: &Config, action: KeyAction) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    if config.secret_key.is_some() {
        bail!(SECRET);
    }
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let installation = open(config).await?;
        let keys = installation.keys.context(SECRET)?;
        let now = installation.services.now();
        match action {
            KeyAction::List => list(&keys.load().await?, now),
            KeyAction::Rotate => rotate(&keys, now).await,
            KeyAction::Revoke => revoke(&keys, now).await,
        }
    })
}

fn list(ring: &KeyRing, now: Timestamp) -> Result<()> {
    for (key, state) in ring.states(now) {
        let state = match state {
            KeyState::Next => "next",
            KeyState::Signing => "signing",
            KeyState::Retiring => "retiring",
        };
        say(&format_args!("{}  {}  {state}", key.id, key.created_at))?;
    }
    Ok(())
}

async fn rotate(keys: &SigningKeys, now: Timestamp) -> Result<()> {
    let ring = keys.rotate().await?;
    let newest = ring.newest();
    match ring.next(now) {
        Some((next, from)) => say(&format_args!(
            "{}, created at {}, is published and signs from {from}",
            next.id, next.created_at
        )),
        None => say(&format_args!("{}, created at {}, signs", newest.id, newest.created_at)),
    }
}

async fn revoke(keys: &SigningKeys, now: Timestamp) -> Result<()> {
    let (ring, removed) = keys.revoke().await?;
    for key in removed {
        say(&format_args!("{key} removed"))?;
    }
    let (signing, seconds) = (&ring.signing(now).id, RELOAD_KEYS_INTERVAL.as_secs());
    say(&format_args!("{signing} signs; running servers load it within {seconds} seconds"))
}

fn say(line: &impl Display) -> Result<()> {
    writeln!(stdout(), "{line}").context("can't write to the standard output")
}
