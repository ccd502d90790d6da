//! PyPI packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{command, root, run as run_command};

/// Installs the packages of a requirements file into the subdirectory `packages` of `directory`,
/// unless its `installed.txt` lists the same. That needs no `python3-venv`. Both paths are relative
/// to the root of the workspace.
pub(crate) fn packages(requirements: &str, directory: &str) -> Result<PathBuf> {
    let wanted = fs::read_to_string(root().join(requirements)).context(requirements.to_owned())?;
    let packages = root().join(directory).join("packages");
    let installed = packages.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(packages);
    }
    if packages.exists() {
        fs::remove_dir_all(&packages)?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    let mut pip = python();
    pip.args(install).args(["--root-user-action", "ignore", "--target"]).arg(&packages);
    run_command(pip.args(["--requirement", requirements]))
        .context("Python 3.11 or newer with pip is needed; on Debian: python3-pip")?;
    fs::write(installed, wanted)?;
    Ok(packages)
}

/// Python in the root of the workspace.
pub(crate) fn python() -> Command {
    command(Path::new("python3"))
}
