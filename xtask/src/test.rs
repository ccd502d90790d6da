//! `cargo xtask test`: unit, integration and documentation tests of every crate.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};
use local_mongod::TEST_URL;

use crate::process::{cargo, run as run_command};
use crate::{clients, mongod};

/// Runs all tests but the browser's, which needs Chromium and is behind a feature. The MongoDB they share is
/// started here, if the environment names none, and stopped whatever their result. The packages of the clients in Python
/// are installed once.
pub(crate) fn run() -> Result<()> {
    clients::run()?;
    let tests = [
        cargo(&["test", "--workspace"]),
        server_faults(),
        again_on_mongodb(),
        again_on_shared_places("embedded"),
        again_on_shared_places("mongodb"),
    ];
    if env::var_os(TEST_URL).is_some() {
        return tests.into_iter().try_for_each(|mut test| run_command(&mut test));
    }
    let mut server = mongod::start().with_context(|| {
        format!("the tests need a MongoDB; {TEST_URL} may be the address of one on loopback")
    })?;
    let result =
        tests.into_iter().try_for_each(|mut test| run_command(test.env(TEST_URL, server.url())));
    // Else the tests only say that nobody answered them.
    server.check()?;
    result
}

/// Failures of servers, each of its own, which are waited for most of the time: all at once.
fn server_faults() -> Command {
    cargo(&["test", "--workspace", "--test", "server_faults", "--", "--test-threads", "16"])
}

/// The tests through HTTP that leave the choice of the store to their environment; those that do not, in
/// modules called `mongodb`, have run by then. The whole workspace is named, or cargo would build every
/// package again with fewer features.
fn again_on_mongodb() -> Command {
    let tests =
        ["test", "--workspace", "--test", "it", "--test", "v1", "--", "--skip", "mongodb::"];
    let mut command = cargo(&tests);
    command.env("TENANTRY_TEST_STORE", "mongodb");
    command
}

/// Those about documents, where organizations share a collection.
fn again_on_shared_places(store: &str) -> Command {
    let about_documents = ["documents::", "queries::", "replacements::", "isolation::"];
    let mut command = cargo(&["test", "--workspace", "--test", "v1", "--"]);
    command.args(about_documents);
    command.envs([("TENANTRY_TEST_STORE", store), ("TENANTRY_TEST_PLACEMENT", "shared")]);
    command
}
