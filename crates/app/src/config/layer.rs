//! Sources of setting values. All values are held as secrets, because only the name tells which
//! ones are secret, and none must be printed by accident.

mod dotenv;
mod toml_file;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::config_error::ConfigError;
use super::settings;

pub(crate) use dotenv::dotenv;
pub(crate) use toml_file::toml_file;

/// Values from one source, by the name of the setting.
pub(crate) struct Layer {
    pub(crate) source: Source,
    values: BTreeMap<String, SecretString>,
}

/// Source of a value.
#[derive(Clone)]
pub(crate) enum Source {
    /// Command line flag.
    Flag,
    /// Environment of the process.
    Environment,
    /// `.env` or configuration file.
    File(PathBuf),
    /// Default value.
    Default,
}

impl Layer {
    /// Creates an empty layer.
    pub(crate) fn new(source: Source) -> Self {
        Self { source, values: BTreeMap::new() }
    }

    /// Adds a value unless the name already has one.
    pub(crate) fn add(&mut self, name: String, value: String) {
        self.values.entry(name).or_insert(SecretString::from(value));
    }

    /// Returns the value given under `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&SecretString> {
        self.values.get(name)
    }

    fn file(path: &Path) -> Self {
        Self::new(Source::File(path.to_owned()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment => f.write_str("environment"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Reads the environment variables that are settings; ignores all others.
pub(crate) fn environment(problems: &mut Vec<ConfigError>) -> Layer {
    let mut layer = Layer::new(Source::Environment);
    for name in settings::names() {
        match env::var_os(&name).map(OsString::into_string) {
            None => {}
            Some(Ok(value)) => layer.add(name, value),
            Some(Err(_)) => {
                problems.push(ConfigError::new(name, "is not valid UTF-8 (environment)"));
            }
        }
    }
    layer
}
