//! `cargo xtask deny`: licences, sources and banned crates.
//!
//! Advisories are left out: their database must be fetched, and CI has to work without.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, on_path, root, run as run_command};

/// The version that is installed when there is none.
const VERSION: &str = "0.20.2";

/// Runs the checks, after installing cargo-deny under `target/tools` if it is not on PATH.
pub(crate) fn run() -> Result<()> {
    let program = match on_path("cargo-deny") {
        Some(program) => program,
        None => installed()?,
    };
    let arguments = ["--locked", "check", "bans", "licenses", "sources"];
    run_command(Command::new(program).current_dir(root()).args(arguments))
}

fn installed() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let program = tools.join("bin/cargo-deny");
    if !program.is_file() {
        eprintln!("deny: cargo-deny is not on PATH; installing it under target/tools (a minute)");
        let arguments = ["install", "--debug", "--locked", "--version", VERSION, "cargo-deny"];
        run_command(cargo(&arguments).arg("--root").arg(tools))?;
    }
    Ok(program)
}
