//! Runs several passes at the same time.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::pass::Pass;
use super::summary::{self, Outcome};

/// Runs a program, and prints its CPU time and that of its children as the last line.
const TIMED: &str = "\"$@\"; status=$?; times; exit $status";

/// Runs all passes, up to `jobs` at the same time, in their order. The output of each goes to a
/// file; that of a failed one is printed at its end.
pub(super) fn run(passes: Vec<Pass>, jobs: usize) -> Result<Vec<Outcome>> {
    let queue = Mutex::new(VecDeque::from(passes));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let serve = || {
        let mut outcomes = Vec::new();
        while let Some(pass) = next() {
            let outcome = run_pass(pass)?;
            outcome.print();
            outcomes.push(outcome);
        }
        Ok(outcomes)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(serve)).collect();
        let mut outcomes = Vec::new();
        for worker in workers {
            let served: Result<Vec<Outcome>> =
                worker.join().map_err(|_| anyhow!("a thread of the test pool panicked"))?;
            outcomes.extend(served?);
        }
        Ok(outcomes)
    })
}

fn run_pass(pass: Pass) -> Result<Outcome> {
    let log = pass.log();
    if let Some(directory) = log.parent() {
        fs::create_dir_all(directory)?;
    }
    let output = File::create(&log)?;
    let start = Instant::now();
    let status = timed(&pass.command)
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .with_context(|| format!("{} could not be started", pass.name))?;
    let elapsed: Duration = start.elapsed();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    Ok(summary::outcome(pass.name, status.success(), elapsed, &text))
}

/// `command` with its arguments, directory and environment, under a shell that reports CPU time.
fn timed(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", TIMED, "sh"]).arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        shell.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}
