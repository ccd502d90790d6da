//! Command `tenantry audit key`.

use std::io::{Write, stdout};

use anyhow::{Context, Result};
use tokio::runtime;

use crate::commands::open::open;
use crate::config::Config;
use crate::logging;
use crate::wire::PublicKeys;

/// Prints the public keys that verify the checkpoints of this installation, in PEM: first the
/// current signing key, then the other trusted keys.
///
/// # Errors
/// Fails if the store can't be opened or fails.
pub(super) fn print(config: &Config) -> Result<()> {
    logging::start(config.log_level, config.log_format)?;
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let installation = open(config).await?;
        let keys = PublicKeys::parse(&installation.services.audit_keys().to_string())?;
        write!(stdout(), "{}", keys.pem()).context("can't write to the standard output")
    })
}
