//! `cargo xtask ci`: exactly what CI runs.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::process::{cargo, run as run_command};
use crate::{browser, deny, fuzz, openapi, schemathesis, test, tidy};

struct Step {
    name: &'static str,
    run: fn() -> Result<()>,
}

/// Fast steps first.
const STEPS: [Step; 10] = [
    Step { name: "fmt", run: fmt },
    Step { name: "clippy", run: clippy },
    Step { name: "rustdoc", run: rustdoc },
    Step { name: "tidy", run: tidy::run },
    Step { name: "deny", run: deny::run },
    Step { name: "test", run: || test::run(&test::Arguments::default()) },
    Step { name: "openapi", run: openapi::check },
    Step { name: "browser", run: browser::run },
    Step { name: "schemathesis", run: || schemathesis::run(&schemathesis::Arguments::CI) },
    Step { name: "fuzz", run: || fuzz::run(&fuzz::Arguments::CI) },
];

/// Runs the steps up to the first that fails, and reports how long each took.
pub(crate) fn run() -> Result<()> {
    let mut times = Vec::new();
    let mut result = Ok(());
    for step in STEPS {
        eprintln!("\nci: {}", step.name);
        let start = Instant::now();
        result = (step.run)().with_context(|| format!("ci: step `{}` failed", step.name));
        times.push((step.name, start.elapsed()));
        if result.is_err() {
            break;
        }
    }
    report(&times);
    result
}

fn report(times: &[(&str, Duration)]) {
    println!();
    for (name, time) in times {
        println!("ci: {name:<12} {:>7.1} s", time.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(_, time)| time).sum();
    println!("ci: {:<12} {:>7.1} s", "total", total.as_secs_f64());
}

fn fmt() -> Result<()> {
    run_command(&mut cargo(&["fmt", "--all", "--check"]))?;
    fuzz::check_format()
}

/// With all features: one of them enables the browser test.
fn clippy() -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--all-features"];
    run_command(cargo(&arguments).args(["--", "-D", "warnings"]))
}

fn rustdoc() -> Result<()> {
    let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    run_command(cargo(&arguments).env("RUSTDOCFLAGS", "-D warnings"))
}
