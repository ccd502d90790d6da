//! `tenantry config check`

use std::io::{Write, stderr, stdout};

use anyhow::Result;

use crate::config::Loaded;
use crate::tls::Certificate;

/// Prints what holds for each setting and where that comes from, and warns of weak ones.
///
/// # Errors
/// All that is wrong with the configuration.
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
