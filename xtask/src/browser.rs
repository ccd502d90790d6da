//! `cargo xtask browser`: the pages under `/docs` and `/redoc`, in a real browser.

use std::env;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::process::{cargo, on_path, run as run_command};

/// The programs that the test starts, and the variables with their paths if they are not on PATH.
const PROGRAMS: [(&str, &str); 2] = [("chromium", "CHROMIUM"), ("chromedriver", "CHROMEDRIVER")];

/// Runs the browser test. If a program is missing, the error says how to install it.
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
    // For the whole workspace: with `--package app`, shared packages would have other features, and
    // everything would be built a second time.
    let arguments = ["test", "--workspace", "--features", "app/browser", "--test", "browser"];
    run_command(&mut cargo(&arguments))
}
