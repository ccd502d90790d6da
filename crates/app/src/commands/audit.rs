//! Command `tenantry audit`.

mod check;
mod export;
mod key;
mod lines;
mod report;
mod verify;

use std::path::PathBuf;

use anyhow::Result;
use domain::model::Trail;

use crate::config::Config;

pub(crate) use verify::verify;

/// Action on the audit trails of the store.
pub(crate) enum AuditAction {
    /// Export a trail.
    Export {
        /// Trail to export.
        trail: Trail,
        /// Output file; none for the standard output.
        out: Option<PathBuf>,
    },
    /// Print the public keys that verify checkpoints.
    Key,
}

/// Performs `action` on the configured store.
///
/// # Errors
/// Fails if the store can't be opened or fails, or if the output can't be written.
pub(crate) fn audit(config: &Config, action: AuditAction) -> Result<()> {
    match action {
        AuditAction::Export { trail, out } => export::export(config, trail, out.as_deref()),
        AuditAction::Key => key::print(config),
    }
}
