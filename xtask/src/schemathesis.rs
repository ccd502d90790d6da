//! `cargo xtask schemathesis`: requests generated from the OpenAPI document, and responses compared
//! with it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use anyhow::{Context, Result};

use crate::process::{root, run as run_command};
use crate::{artifacts, python};

/// The directory of installed packages and logs.
const OUTPUT: &str = "target/schemathesis";
/// The directory of the requirements, the configuration and the hooks.
const DIRECTORY: &str = "xtask/schemathesis";
const OPERATOR_TOKEN: &str = "the-operator-of-the-schemathesis-run";
/// The callers. Each has a separate server, so that a run depends only on its seed.
const CALLERS: [&str; 3] = ["anonymous", "owner", "operator"];
/// Default number of cases for each operation and phase.
const EXAMPLES: u32 = 20;
/// Default seed.
const SEED: u32 = 1;

/// Options of a run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Number of cases for each operation
    #[arg(long, default_value_t = EXAMPLES)]
    examples: u32,
    /// Seed of the generated cases
    #[arg(long, default_value_t = SEED)]
    seed: u32,
    /// The only caller to run
    #[arg(long, value_parser = CALLERS)]
    caller: Option<String>,
}

impl Arguments {
    /// The options in CI.
    pub(crate) const CI: Self = Self { examples: EXAMPLES, seed: SEED, caller: None };
}

/// Runs schemathesis against the server as it is built for the tests, once for each caller.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let packages = python::packages(&format!("{DIRECTORY}/requirements.txt"), OUTPUT)?;
    let program = artifacts::server()?;
    let chosen = |caller: &&str| arguments.caller.as_deref().is_none_or(|one| one == *caller);
    for caller in CALLERS.into_iter().filter(chosen) {
        let server = Server::start(&program, caller)?;
        let url = format!("http://127.0.0.1:{}/openapi.json", server.port);
        let mut schemathesis = python::python();
        schemathesis
            .current_dir(&server.directory)
            .env("PYTHONPATH", &packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("SCHEMATHESIS_HOOKS", root().join(DIRECTORY).join("hooks.py"))
            .env("TENANTRY_CALLER", caller)
            .env("TENANTRY_OPERATOR_TOKEN", OPERATOR_TOKEN)
            .args(["-m", "schemathesis.cli", "--config-file"])
            .arg(root().join(DIRECTORY).join("schemathesis.toml"))
            .args(["run", &url, "--wait-for-schema", "30"])
            .args(["--seed", &arguments.seed.to_string()])
            .args(["--max-examples", &arguments.examples.to_string()]);
        run_command(&mut schemathesis).with_context(|| {
            let log = server.directory.join(LOG);
            format!("as {caller}; the log of the server is {}", log.display())
        })?;
    }
    Ok(())
}

const LOG: &str = "server.log";

/// A running server with a store in memory. It is killed when it is dropped.
struct Server {
    child: Child,
    port: u16,
    /// Its working directory, with its log.
    directory: PathBuf,
}

impl Server {
    /// Starts a server for `caller`, without rate limits.
    fn start(program: &Path, caller: &str) -> Result<Self> {
        let directory = root().join(OUTPUT).join(caller);
        fs::create_dir_all(&directory)?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let child = Command::new(program)
            .current_dir(&directory)
            .env_clear()
            .env("BIND", format!("127.0.0.1:{port}"))
            .env("STORE", "memory")
            .env("OPERATOR_TOKEN", OPERATOR_TOKEN)
            .env("LOG_LEVEL", "warn")
            .envs(["PER_ORG", "ANONYMOUS", "SIGNUP"].map(|of| (format!("RATE_LIMIT_{of}"), "0")))
            .env("SIGNUP_LIMIT_PER_HOUR", "0")
            .stdout(File::create(directory.join(LOG))?)
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        Ok(Self { child, port, directory })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If the server has ended before, its log has the reason.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
