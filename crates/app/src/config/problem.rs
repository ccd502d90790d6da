//! What is wrong with a configuration.

use std::error::Error;
use std::fmt;

/// Something wrong, in one line that begins with the name of the setting or file.
#[derive(Debug)]
pub(crate) struct Problem(String);

impl Problem {
    /// `about` says what is wrong with `subject`. Neither may carry the value of a secret.
    pub(crate) fn new(subject: impl fmt::Display, about: impl fmt::Display) -> Self {
        Self(format!("{subject}: {about}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything wrong with a configuration, a line each.
#[derive(Debug)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl Error for Problems {}
