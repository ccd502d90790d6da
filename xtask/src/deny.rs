//! `cargo xtask deny`: licences, sources and banned crates.
//!
//! Advisories are left out: their database must be fetched, and CI has to work without.

use anyhow::Result;

use crate::fuzz;
use crate::process::{command, run as run_command};
use crate::tool::Tool;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Checks what is built, and what the fuzz targets are built from.
pub(crate) fn run() -> Result<()> {
    let program = CARGO_DENY.program()?;
    let checks = ["bans", "licenses", "sources"];
    run_command(command(&program).args(["--locked", "check"]).args(checks))?;
    let fuzz = ["--locked", "--manifest-path", fuzz::MANIFEST, "--config", "deny.toml", "check"];
    run_command(command(&program).args(fuzz).args(checks))
}
