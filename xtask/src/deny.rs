//! `cargo xtask deny`: licenses, sources, banned crates and known vulnerabilities.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::fuzz;
use crate::process::{command, root, run as run_command};
use crate::tool::Tool;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2" };

/// The directory of the advisory database in deny.toml. Without a network, an earlier copy is used.
const ADVISORIES: &str = "target/advisory-dbs";

/// Checks the dependencies of the workspace and of the fuzz targets.
pub(crate) fn run() -> Result<()> {
    let program = CARGO_DENY.program()?;
    let checks = ["bans", "licenses", "sources"];
    run_command(command(&program).args(["--locked", "check"]).args(checks))?;
    let fuzz = ["--locked", "--manifest-path", fuzz::MANIFEST, "--config", "deny.toml", "check"];
    run_command(command(&program).args(fuzz).args(checks))?;
    advisories(&program)
}

/// Compares the lock file with the RustSec database, if it is available.
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

/// Whether `directory` contains a database, which is a directory beside a lock file.
fn has_copy(directory: &Path) -> bool {
    fs::read_dir(directory)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}
