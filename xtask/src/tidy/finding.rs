//! Findings of `tidy`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::process::root;

/// A broken rule and its location. Errors sort last, so that they are visible.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    file: PathBuf,
    line: usize,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    Warning,
    Error,
}

impl Finding {
    /// A broken rule in line `line` (from 1) of `file`.
    pub(super) fn error(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, file, line, message.into())
    }

    /// A budget overrun in line `line` (from 1) of `file`.
    pub(super) fn warning(file: &Path, line: usize, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, file, line, message.into())
    }

    fn new(severity: Severity, file: &Path, line: usize, message: String) -> Self {
        let file = file.strip_prefix(root()).unwrap_or(file).to_owned();
        Self { severity, file, line, message }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{severity}: {}:{}: {}", self.file.display(), self.line, self.message)
    }
}
