//! Command `tenantry openapi`.

use std::io::{ErrorKind, Write, stdout};

use anyhow::Result;
use api_actix::Dialects;

/// Prints the OpenAPI document of an installation that mounts `dialects`.
///
/// # Errors
/// Fails if the output can't be written.
pub(crate) fn print_openapi(dialects: Dialects) -> Result<()> {
    let document = serde_json::to_string_pretty(&api_actix::openapi(dialects))?;
    match writeln!(stdout(), "{document}") {
        // The reader closed the pipe early, such as `head`.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
