//! `cargo xtask test`: unit, integration and documentation tests of every crate.

use anyhow::Result;

use crate::process::{cargo, run as run_command};

/// Runs all tests but the browser's, which needs Chromium and is behind a feature.
pub(crate) fn run() -> Result<()> {
    run_command(&mut cargo(&["test", "--workspace"]))
}
