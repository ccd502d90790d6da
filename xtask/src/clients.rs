//! `cargo xtask clients`: packages of the Python clients that tests run.

use anyhow::Result;

use crate::python;

/// The pinned packages, beside the clients.
const REQUIREMENTS: &str = "crates/app/tests/clients/requirements.txt";
/// Where the tests look for the packages.
const DIRECTORY: &str = "target/clients";

/// Installs the packages, unless they are installed.
pub(crate) fn run() -> Result<()> {
    python::packages(REQUIREMENTS, DIRECTORY).map(drop)
}
