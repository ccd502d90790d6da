//! Programs that cargo installs.

use std::path::PathBuf;

use anyhow::Result;

use crate::process::{cargo, on_path, root, run as run_command};

/// A program in a crate of the same name.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The version to install if the program is missing.
    pub(crate) version: &'static str,
}

impl Tool {
    /// The program on PATH, or the one under `target/tools`, which is installed there if necessary.
    pub(crate) fn program(&self) -> Result<PathBuf> {
        match on_path(self.name) {
            Some(program) => Ok(program),
            None => self.installed(),
        }
    }

    fn installed(&self) -> Result<PathBuf> {
        let Self { name, version } = self;
        let tools = root().join("target/tools");
        let program = tools.join("bin").join(name);
        if !program.is_file() {
            eprintln!("{name} is not on PATH; installing it under target/tools (a minute)");
            let arguments = ["install", "--debug", "--locked", "--version", version, name];
            run_command(cargo(&arguments).arg("--root").arg(tools))?;
        }
        Ok(program)
    }
}
