//! Opening of an existing store, for commands.

use anyhow::{Context, Result};

use crate::config::{Config, Store};
use crate::wire::{self, Installation};

/// Opens the store, which must exist.
///
/// # Errors
/// Fails if there is no store, or if it can't be opened.
pub(super) async fn open(config: &Config) -> Result<Installation> {
    wire::must_exist(config)?;
    wire::installation(config).await.context(closed(config))
}

/// Error context for a store that can't be opened. A running server locks the embedded store.
fn closed(config: &Config) -> &'static str {
    match config.store {
        Store::Embedded(_) => "can't open the store (a server has to be stopped first)",
        Store::Mongodb { .. } | Store::Memory => "can't open the store",
    }
}
