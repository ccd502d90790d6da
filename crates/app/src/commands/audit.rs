//! `tenantry audit`

mod check;
mod export;
mod key;
mod lines;
mod verify;
mod words;

use std::path::PathBuf;

use anyhow::Result;
use domain::model::Trail;

use crate::config::Config;

pub(crate) use verify::verify;

/// What is to be done about audit trails, with the store.
pub(crate) enum AuditAction {
    /// Write a trail down.
    Export {
        /// Which one.
        trail: Trail,
        /// Where to; the standard output, without it.
        out: Option<PathBuf>,
    },
    /// Print the public keys that verify signatures.
    Key,
}

/// Does what is asked, with the store that is configured.
///
/// # Errors
/// When the store can't be opened or fails, and when nothing can be written.
pub(crate) fn audit(config: &Config, action: AuditAction) -> Result<()> {
    match action {
        AuditAction::Export { trail, out } => export::export(config, trail, out.as_deref()),
        AuditAction::Key => key::print(config),
    }
}
