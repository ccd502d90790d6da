//! `cargo xtask clients`: what the clients in Python that the tests run are made of.

use anyhow::Result;

use crate::python;

/// Beside the clients.
const REQUIREMENTS: &str = "crates/app/tests/clients/requirements.txt";
/// Where the tests look for the packages.
const DIRECTORY: &str = "target/clients";

/// Installs the packages, unless they are there.
pub(crate) fn run() -> Result<()> {
    python::packages(REQUIREMENTS, DIRECTORY).map(drop)
}
