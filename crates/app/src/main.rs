//! The `tenantry` binary: parses the command line, loads the configuration, and runs one of the
//! [`commands`].

mod capacity;
mod cli;
mod commands;
mod config;
mod harden;
mod logging;
mod recovery;
mod reload;
mod signals;
mod tls;
mod trails;
mod wire;

use std::io::{Write, stderr};
use std::process::ExitCode;

use anyhow::{Error, Result};
use mimalloc::MiMalloc;

use cli::{Action, Arguments};

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match run(cli::arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(Arguments { action, flags, file }: Arguments) -> Result<()> {
    harden::forbid_memory_dumps()?;
    let load = || config::load(flags, file.as_deref());
    match action {
        Action::Serve => commands::serve(load()),
        Action::CheckConfig => commands::check_config(load()),
        Action::PrintOpenapi => commands::print_openapi(load().dialects()?),
        Action::CheckHealth => commands::check_health(&load().config?),
        Action::Doctor { repair } => commands::doctor(&load().config?, repair),
        Action::Adopt(request) => commands::adopt(&load().config?, &request),
        Action::Keys(action) => commands::keys(&load().config?, action),
        Action::Audit(action) => commands::audit(&load().config?, action),
        Action::VerifyAudit { file, keys, anchors } => commands::verify(&file, &keys, &anchors),
    }
}

/// Prints an error with its causes to the standard error stream. Ignores write errors, which could
/// not be reported.
fn complain(error: &Error) {
    let text = format!("{error:#}");
    for line in text.lines() {
        let _ = writeln!(stderr(), "tenantry: {line}");
    }
}
