//! `cargo xtask mongod`: a MongoDB for development, removed when the command ends.
//!
//! The program is `local-mongod`; `xtask` itself does not contain a MongoDB driver, so that it
//! compiles in seconds.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::artifacts::{Executable, find_program, program};
use crate::process::{command, run as run_command};

/// The environment variable with the address of the MongoDB that tests share.
pub(crate) const TEST_URL: &str = "MONGODB_TEST_URL";

const PROGRAM: &str = "local-mongod";
/// A test of its package, with which it is built.
const TEST: &str = "deployment";

/// Runs a server until Ctrl-C.
pub(crate) fn run() -> Result<()> {
    run_command(&mut command(&program(PROGRAM, TEST)?))
}

/// A server, until its standard input closes: at the latest when this process ends.
pub(crate) struct Mongod {
    child: Child,
    /// Stays open: the server could not print to it otherwise.
    _output: BufReader<ChildStdout>,
    url: String,
}

/// Starts a server for tests, unless the environment names one. `executables` contain the program.
pub(crate) fn shared(executables: &[Executable]) -> Result<Option<Mongod>> {
    if env::var_os(TEST_URL).is_some() {
        return Ok(None);
    }
    let start = Mongod::start(executables);
    start.map(Some).with_context(|| {
        format!("the tests need a MongoDB; {TEST_URL} may be the address of one on loopback")
    })
}

impl Mongod {
    fn start(executables: &[Executable]) -> Result<Self> {
        let mut command = command(&find_program(executables, PROGRAM)?);
        command.arg("--until-stdin-closes").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context(PROGRAM)?;
        let mut output = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        match line.trim().strip_prefix("mongod: ") {
            Some(url) => Ok(Self { url: url.to_owned(), child, _output: output }),
            None => bail!("no MongoDB could be started"),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server. Fails when it ended before.
    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        ensure!(status.success(), "the MongoDB of the tests ended: {status}");
        Ok(())
    }
}
