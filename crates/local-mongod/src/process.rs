//! A mongod process that can't outlive this one.

use std::fs;
use std::fs::File;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::launcher::{Launcher, docker};

/// Kills the mongod and removes its data when this process ends without doing so: an aborted,
/// interrupted or killed process drops nothing.
const GUARD: &str = include_str!("guard.sh");
const LOG: &str = "mongod.log";

/// A running mongod, killed with SIGKILL when it is dropped. Its data are kept then.
pub(crate) struct Process {
    /// The mongod itself, or the `docker run` of its container.
    child: Child,
    container: Option<String>,
    log: PathBuf,
}

impl Process {
    /// Starts a mongod with data and log in `directory`.
    pub(crate) fn spawn(
        launcher: &Launcher,
        directory: &Path,
        arguments: &[String],
    ) -> Result<Self> {
        let log = directory.join(LOG);
        let output = File::options().create(true).append(true).open(&log)?;
        let (container, program) = match launcher {
            Launcher::Program(program) => (None, vec![program.into()]),
            Launcher::Docker => {
                let container = docker::new_name();
                let command = docker::run(&container, directory)?;
                (Some(container), command)
            }
        };
        let child = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(directory)
            .arg(container.as_deref().unwrap_or_default())
            .args(program)
            .arg("--dbpath")
            .arg(directory)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(output.try_clone()?)
            .stderr(output)
            // Out of reach of Ctrl-C and of a terminal hang-up, which the guard has to survive.
            .process_group(0)
            .spawn()
            .context("sh could not be started")?;
        Ok(Self { child, container, log })
    }

    /// Sends a signal, given as its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        match &self.container {
            Some(container) => docker::call(&["kill", "--signal", name, container]).map(drop),
            None => {
                // A builtin of the shell: the program is not available everywhere.
                let kill = ["-c", "kill -s \"$0\" \"$1\"", name, &self.child.id().to_string()];
                let status = Command::new("sh").args(kill).status()?;
                ensure!(status.success(), "SIG{name} could not be sent to mongod: {status}");
                Ok(())
            }
        }
    }

    /// The id of the mongod process on this machine.
    pub(crate) fn pid(&self) -> Result<u32> {
        match &self.container {
            Some(container) => {
                let pid = docker::call(&["inspect", "--format", "{{.State.Pid}}", container])?;
                pid.trim().parse().with_context(|| format!("docker inspect: pid {pid:?}"))
            }
            None => Ok(self.child.id()),
        }
    }

    /// Fails when it has ended, with the end of its log.
    pub(crate) fn runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("mongod ended ({status}):\n{}", self.end_of_log()),
        }
    }

    /// The last lines of its log.
    fn end_of_log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&log);
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let killed = self.container.as_deref().map(|container| docker::call(&["kill", container]));
        // `docker run` ends by itself, once the container is gone.
        if !matches!(killed, Some(Ok(_))) {
            let _ = self.child.kill();
        }
        // Before the process is reaped: its id is not reused until then, so that the guard can't
        // kill another process.
        if let Some(mut guard) = self.child.stdin.take() {
            let _ = guard.write_all(b"\n");
        }
        let _ = self.child.wait();
    }
}
