//! `cargo xtask test`: unit, integration and documentation tests of every crate.
//!
//! The binaries run side by side, so that tests that wait (for elections, leases, killed servers)
//! and tests that compute share the cores.

mod pass;
mod pool;
mod summary;

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Result, ensure};

use crate::artifacts::{self, Executable};
use crate::mongod::Mongod;
use crate::{clients, mongod};
use pass::Pass;

/// What to test, and what to report.
#[derive(clap::Args, Default)]
pub(crate) struct Arguments {
    /// A package of the workspace, or a part of the names of tests; all tests by default
    filters: Vec<String>,
    /// Only unit tests and the contracts of the embedded store, without MongoDB
    #[arg(long)]
    quick: bool,
    /// Report the slowest tests
    #[arg(long)]
    timings: bool,
    /// How many binaries run at the same time; as many as there are cores by default
    #[arg(long)]
    jobs: Option<usize>,
}

/// Runs the tests. The MongoDB that they share is started here, if the environment names none. The
/// packages of the Python clients are installed once.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let (packages, names) = split(&arguments.filters)?;
    let selected = |it: &Executable| {
        (packages.is_empty() || packages.contains(&it.package))
            && (!arguments.quick || pass::is_quick(it))
    };
    let executables = artifacts::build(&if arguments.quick { pass::quick() } else { Vec::new() })?;
    let mut passes: Vec<Pass> =
        executables.iter().filter(|it| it.is_test && selected(it)).flat_map(pass::all).collect();
    if packages.is_empty() && names.is_empty() && !arguments.quick {
        passes.push(Pass::documentation());
    }
    passes.sort_by_key(Pass::order);
    if passes.iter().any(Pass::needs_clients) {
        clients::run()?;
    }
    let needs_server = !arguments.quick && passes.iter().any(Pass::needs_mongodb);
    let server = if needs_server { mongod::shared(&executables)? } else { None };
    for pass in &mut passes {
        pass.prepare(server.as_ref().map(Mongod::url), &names, arguments.timings);
    }
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let outcomes = pool::run(passes, arguments.jobs.unwrap_or(cores).max(1))?;
    summary::print(&outcomes, arguments.timings);
    // Otherwise the tests only report that the server did not respond.
    server.map_or(Ok(()), Mongod::stop)?;
    let failed: Vec<&str> =
        outcomes.iter().filter(|it| !it.is_success).map(|it| &*it.name).collect();
    ensure!(failed.is_empty(), "tests failed: {}", failed.join(", "));
    let tests: usize = outcomes.iter().map(|outcome| outcome.tests).sum();
    ensure!(tests > 0, "no test has a name with {}", names.join(" or "));
    Ok(())
}

/// The packages among `filters`, and the others.
fn split(filters: &[String]) -> Result<(BTreeSet<String>, Vec<String>)> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    let is_package = |name: &String| metadata.packages.iter().any(|it| it.name == *name);
    let (packages, names): (Vec<_>, Vec<_>) = filters.iter().cloned().partition(is_package);
    Ok((packages.into_iter().collect(), names))
}
