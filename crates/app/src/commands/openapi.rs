//! `tenantry openapi`

use std::io::{ErrorKind, Write, stdout};

use anyhow::Result;

use crate::config::Config;

/// Prints the OpenAPI document of what `config` mounts.
///
/// # Errors
/// When it can't be written.
pub(crate) fn print_openapi(config: &Config) -> Result<()> {
    let document = serde_json::to_string_pretty(&api_actix::openapi(config.app.dialects))?;
    match writeln!(stdout(), "{document}") {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
