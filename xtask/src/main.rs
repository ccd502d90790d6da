//! Development tasks, run as `cargo xtask <command>`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks on its standard streams"
)]

mod artifacts;
mod bench;
mod browser;
mod ci;
mod clients;
mod deny;
mod fuzz;
mod mongod;
mod openapi;
mod process;
mod python;
mod schemathesis;
mod test;
mod tidy;
mod tool;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Development tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run the tests of the workspace, except for the browser test
    Test(test::Arguments),
    /// Install the packages of the Python clients that tests run
    Clients,
    /// Run a MongoDB for tests and for `cargo run` until Ctrl-C
    Mongod,
    /// Run what CI runs, in its order, up to the first failure
    Ci,
    /// Write the OpenAPI documents in openapi/ from the code
    Openapi {
        /// Write nothing; fail if a file differs from the code
        #[arg(long)]
        check: bool,
    },
    /// Check the project rules that no other tool knows
    Tidy,
    /// Check licenses, sources and banned crates with cargo-deny
    Deny,
    /// Run the browser test in headless Chromium
    Browser,
    /// Compare the responses of a running server with the OpenAPI document, by schemathesis
    Schemathesis(schemathesis::Arguments),
    /// Feed the fuzz targets, starting from their checked-in corpus
    Fuzz(fuzz::Arguments),
    /// Run the benchmarks in release mode
    Bench,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Test(arguments) => test::run(&arguments),
        Task::Clients => clients::run(),
        Task::Mongod => mongod::run(),
        Task::Ci => ci::run(),
        Task::Openapi { check: false } => openapi::write(),
        Task::Openapi { check: true } => openapi::check(),
        Task::Tidy => tidy::run(),
        Task::Deny => deny::run(),
        Task::Browser => browser::run(),
        Task::Schemathesis(arguments) => schemathesis::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Bench => bench::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
