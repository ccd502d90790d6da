//! The store of an installation, for commands that need what is in it.

use anyhow::{Context, Result};

use crate::config::{Config, Store};
use crate::wire::{self, Installation};

/// Opens the store, which has to be there.
///
/// # Errors
/// When there is none, or it can't be opened.
pub(super) async fn open(config: &Config) -> Result<Installation> {
    wire::must_exist(config)?;
    wire::installation(config).await.context(closed(config))
}

/// What to say when the store does not open. A server has the embedded one for itself.
fn closed(config: &Config) -> &'static str {
    match config.store {
        Store::Embedded(_) => "can't open the store (a server has to be stopped first)",
        Store::Mongodb { .. } | Store::Memory => "can't open the store",
    }
}
