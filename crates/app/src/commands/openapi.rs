//! `tenantry openapi`

use std::io::{ErrorKind, Write, stdout};

use anyhow::Result;

/// Prints the OpenAPI document.
///
/// # Errors
/// When it can't be written.
pub(crate) fn print_openapi() -> Result<()> {
    let document = serde_json::to_string_pretty(&api_actix::openapi())?;
    match writeln!(stdout(), "{document}") {
        // Whoever reads it has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
