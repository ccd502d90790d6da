//! Command `tenantry config check`.

use std::io::{Write, stderr, stdout};

use anyhow::Result;

use crate::config::Loaded;
use crate::tls::Certificate;

/// Prints the value and the source of each setting, and warns of weak values.
///
/// # Errors
/// Returns all errors in the configuration.
pub(crate) fn check_config(loaded: Loaded) -> Result<()> {
    let names = loaded.values.iter().map(|value| value.setting.name.len()).max().unwrap_or(0);
    let texts = loaded.values.iter().map(|value| value.shown().len()).max().unwrap_or(0);
    let mut out = stdout().lock();
    for value in &loaded.values {
        let (name, text, source) = (value.setting.name, value.shown(), value.source());
        writeln!(out, "{name:names$}  {text:texts$}  {source}")?;
    }
    for warning in loaded.warnings() {
        let _ = writeln!(stderr(), "tenantry: warning: {warning}");
    }
    if let Some(files) = &loaded.config?.tls {
        Certificate::load(files)?;
    }
    Ok(())
}
