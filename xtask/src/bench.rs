//! `cargo xtask bench`: benchmarks in release mode.

use anyhow::Result;

use crate::process::{cargo, run as run_command};

/// Package and target of each benchmark.
const BENCHES: [(&str, &str); 8] = [
    ("adapters-embedded", "durable_writes"),
    ("app", "audit"),
    ("app", "documents"),
    ("app", "http"),
    ("app", "import"),
    ("app", "login_storm"),
    ("app", "mongodb"),
    ("app", "noisy_neighbour"),
];

/// Builds and runs the benchmarks, one after the other.
pub(crate) fn run() -> Result<()> {
    for (package, bench) in BENCHES {
        run_command(&mut cargo(&["bench", "--package", package, "--bench", bench]))?;
    }
    Ok(())
}
