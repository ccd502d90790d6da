//! `cargo xtask deny`: licences, sources, banned crates and known vulnerabilities.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::fuzz;
use crate::process::{command, root, run as run_command};
use crate::tool::Tool;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// Where deny.toml keeps the database of advisories. A copy that lies there is used when no newer one
/// can be fetched.
const ADVISORIES: &str = "target/advisory-dbs";

/// Checks what is built, and what the fuzz targets are built from.
pub(crate) fn run() -> Result<()> {
    let program = CARGO_DENY.program()?;
    let checks = ["bans", "licenses", "sources"];
    run_command(command(&program).args(["--locked", "check"]).args(checks))?;
    let fuzz = ["--locked", "--manifest-path", fuzz::MANIFEST, "--config", "deny.toml", "check"];
    run_command(command(&program).args(fuzz).args(checks))?;
    advisories(&program)
}

/// Compares the lock file with the RustSec database, where that can be had.
fn advisories(program: &Path) -> Result<()> {
    let fetched = command(program).args(["--locked", "fetch", "db"]).status()?.success();
    if !fetched && !has_copy(&root().join(ADVISORIES)) {
        eprintln!(
            "deny: advisories SKIPPED: the RustSec database can't be fetched, and {ADVISORIES} has no copy"
        );
        return Ok(());
    }
    run_command(command(program).args(["--locked", "--offline", "check", "advisories"]))
}

/// Whether a database lies in `directory`: a directory of its own, beside a lock file.
fn has_copy(directory: &Path) -> bool {
    fs::read_dir(directory)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}
