//! `cargo xtask browser`: the pages under `/docs` and `/redoc`, in a real browser.

use std::env;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::process::{cargo, on_path, run as run_command};

/// The programs the test starts, and the variables that say where they are if not on PATH.
const PROGRAMS: [(&str, &str); 2] = [("chromium", "CHROMIUM"), ("chromedriver", "CHROMEDRIVER")];

/// Runs the browser test, or says how to get what it needs.
pub(crate) fn run() -> Result<()> {
    for (program, variable) in PROGRAMS {
        let found = match env::var_os(variable) {
            Some(file) => Path::new(&file).is_file(),
            None => on_path(program).is_some(),
        };
        ensure!(
            found,
            "the browser test needs {program}, on PATH or named by {variable}; \
             on Debian: apt-get install chromium chromium-driver"
        );
    }
    // For the whole workspace: with `--package app` the features of shared packages would be
    // other ones, and everything would be built a second time.
    let arguments = ["test", "--workspace", "--features", "app/browser", "--test", "browser"];
    run_command(&mut cargo(&arguments))
}
