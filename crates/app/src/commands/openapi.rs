//! `tenantry openapi`

use std::io::{Write, stdout};

use anyhow::Result;

/// Prints the OpenAPI document.
///
/// # Errors
/// When it can't be written.
pub(crate) fn print_openapi() -> Result<()> {
    let document = serde_json::to_string_pretty(&api_actix::openapi())?;
    writeln!(stdout(), "{document}")?;
    Ok(())
}
