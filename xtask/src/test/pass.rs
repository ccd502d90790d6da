//! A run of one test binary.

use std::path::PathBuf;
use std::process::Command;

use crate::artifacts::Executable;
use crate::mongod::TEST_URL;
use crate::process::{cargo, command};

/// Where the outputs of passes are kept, from the root of the workspace.
pub(crate) const LOGS: &str = "target/test-logs";

/// Passes in the order in which they start: the longest first, so that none of them is left alone
/// at the end. The others follow.
const LONGEST: [&str; 9] = [
    "adapters-mongo crash",
    "app it",
    "app it on MongoDB",
    "api-actix v1 on MongoDB",
    "adapters-mongo server_faults",
    "adapters-mongo contracts",
    "adapters-embedded crash",
    "adapters-mongo adapters_mongo",
    "api-actix v1",
];

/// Tests through HTTP about documents, which shared collections affect.
const ABOUT_DOCUMENTS: [&str; 4] = ["documents::", "queries::", "replacements::", "isolation::"];

/// Packages with tests that need a MongoDB or take long; `--quick` leaves them out.
const SLOW_PACKAGES: [&str; 3] = ["adapters-mongo", "local-mongod", "xtask"];
/// The targets of `--quick`, beside unit tests.
const QUICK_TARGETS: [&str; 5] = ["adoption", "contracts", "doctor", "memory", "pages"];

/// A test binary with arguments and environment.
pub(super) struct Pass {
    pub(super) name: String,
    pub(super) command: Command,
    /// The binary; none for documentation tests, which cargo runs.
    package: Option<String>,
}

/// The selection of test binaries that `--quick` builds.
pub(super) fn quick() -> Vec<String> {
    let targets = QUICK_TARGETS.iter().flat_map(|target| ["--test", target]);
    ["--lib", "--bins"].into_iter().chain(targets).map(ToOwned::to_owned).collect()
}

/// Whether `--quick` runs the test binary `executable`.
pub(super) fn is_quick(executable: &Executable) -> bool {
    !SLOW_PACKAGES.contains(&&*executable.package)
}

/// All passes of a test binary. Tests through HTTP run on both stores, and those about documents
/// with shared collections, too; tests in modules called `mongodb` always use MongoDB.
pub(super) fn all(executable: &Executable) -> Vec<Pass> {
    let first = Pass::new(executable, "");
    match (&*executable.package, &*executable.target) {
        ("adapters-mongo", "server_faults") => {
            // Each waits for servers of its own most of the time.
            vec![first.arguments(&["--test-threads", "16"])]
        }
        ("app", "it") => vec![first, on_mongodb(executable)],
        ("api-actix", "v1") => {
            let shared = |store, label| {
                let pass = Pass::new(executable, label).arguments(&ABOUT_DOCUMENTS);
                pass.variable(STORE, store).variable("TENANTRY_TEST_PLACEMENT", "shared")
            };
            vec![
                first,
                on_mongodb(executable),
                shared("embedded", " shared"),
                shared("mongodb", " shared on MongoDB"),
            ]
        }
        _ => vec![first],
    }
}

const STORE: &str = "TENANTRY_TEST_STORE";

fn on_mongodb(executable: &Executable) -> Pass {
    let pass = Pass::new(executable, " on MongoDB").variable(STORE, "mongodb");
    pass.arguments(&["--skip", "mongodb::"])
}

impl Pass {
    fn new(executable: &Executable, label: &str) -> Self {
        let Executable { package, target, file, directory, .. } = executable;
        let mut command = command(file);
        command.current_dir(directory).env("CARGO_MANIFEST_DIR", directory);
        let name = format!("{package} {target}{label}");
        Self { name, command, package: Some(package.clone()) }
    }

    /// The documentation tests of all packages.
    pub(super) fn documentation() -> Self {
        let command = cargo(&["test", "--workspace", "--doc", "--quiet"]);
        Self { name: "documentation".to_owned(), command, package: None }
    }

    fn arguments(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Its place in the order of starts.
    pub(super) fn order(&self) -> usize {
        LONGEST.iter().position(|name| *name == self.name).unwrap_or(LONGEST.len())
    }

    /// Whether it may use the MongoDB that tests share.
    pub(super) fn needs_mongodb(&self) -> bool {
        let users = ["adapters-mongo", "api-actix", "app", "local-mongod"];
        self.package.as_deref().is_some_and(|package| users.contains(&package))
    }

    /// Whether it runs clients in Python.
    pub(super) fn needs_clients(&self) -> bool {
        self.name.starts_with("app it")
    }

    /// Adds the address of the MongoDB, the names of the tests to run, and the report of times.
    pub(super) fn prepare(&mut self, mongodb: Option<&str>, names: &[String], timings: bool) {
        if let Some(url) = mongodb {
            self.command.env(TEST_URL, url);
        }
        if self.package.is_none() {
            return;
        }
        self.command.args(names);
        if timings {
            // Unstable options of the test harness, which the standard library accepts with this.
            self.command.env("RUSTC_BOOTSTRAP", "1");
            self.command.args(["-Z", "unstable-options", "--report-time"]);
        }
    }

    /// The file for its output.
    pub(super) fn log(&self) -> PathBuf {
        let name = self.name.replace(' ', "-").to_lowercase();
        crate::process::root().join(LOGS).join(format!("{name}.log"))
    }
}
