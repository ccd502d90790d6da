//! Configuration errors.

use std::error::Error;
use std::fmt;

/// Configuration error: one line that begins with the name of the setting or file.
#[derive(Debug)]
pub(crate) struct ConfigError(String);

impl ConfigError {
    /// Creates an error `about` the setting or file `subject`. Neither may contain the value of a
    /// secret.
    pub(crate) fn new(subject: impl fmt::Display, about: impl fmt::Display) -> Self {
        Self(format!("{subject}: {about}"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All errors of a configuration, one per line.
#[derive(Debug)]
pub(crate) struct ConfigErrors(pub(crate) Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl Error for ConfigErrors {}
