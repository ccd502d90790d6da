//! Effective value of each setting, resolved from all layers.

use std::fs;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::config_error::ConfigError;
use super::layer::{Layer, Source};
use super::settings::Setting;

/// Effective value of a setting.
pub(crate) struct Resolved {
    pub(crate) setting: &'static Setting,
    pub(crate) source: Source,
    /// File that contains the value, if given by a name ending in `_FILE`.
    pub(crate) file: Option<PathBuf>,
    /// Value, if any.
    pub(crate) value: Option<SecretString>,
}

impl Resolved {
    /// Resolves `setting` from the first of `layers` that has a value.
    pub(crate) fn new(
        setting: &'static Setting,
        layers: &[Layer],
        problems: &mut Vec<ConfigError>,
    ) -> Self {
        let value = find(layers, setting.name);
        let file = setting.file_name().and_then(|name| find(layers, &name));
        match (value, file) {
            (None, None) => Self::unset(setting, layers),
            (Some((source, value)), None) => {
                Self { setting, source, file: None, value: Some(value) }
            }
            (None, Some((source, path))) => {
                let path = PathBuf::from(path.expose_secret());
                let value = read(setting, &path, problems);
                Self { setting, source, file: Some(path), value }
            }
            (Some((source, _)), Some((other, _))) => {
                let name = setting.name;
                let about = format!(
                    "is given ({source}) together with {name}_FILE ({other}); remove one of them"
                );
                problems.push(ConfigError::new(name, about));
                Self { setting, source, file: None, value: None }
            }
        }
    }

    /// Value for display; secrets are masked.
    pub(crate) fn shown(&self) -> &str {
        match &self.value {
            None => "-",
            Some(_) if self.setting.secret => "***",
            Some(value) => value.expose_secret(),
        }
    }

    /// Source of the value, for display.
    pub(crate) fn source(&self) -> String {
        match &self.file {
            None => self.source.to_string(),
            Some(file) => format!("{}, in {}", self.source, file.display()),
        }
    }

    fn unset(setting: &'static Setting, layers: &[Layer]) -> Self {
        let value = setting.default.value(layers).map(SecretString::from);
        Self { setting, source: Source::Default, file: None, value }
    }
}

fn find(layers: &[Layer], name: &str) -> Option<(Source, SecretString)> {
    layers.iter().find_map(|layer| Some((layer.source.clone(), layer.get(name)?.clone())))
}

/// Reads the content of the file, without the trailing line feed that editors add.
fn read(setting: &Setting, path: &Path, problems: &mut Vec<ConfigError>) -> Option<SecretString> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            Some(SecretString::from(text.strip_suffix('\r').unwrap_or(text)))
        }
        Err(error) => {
            let subject = format!("{}_FILE ({})", setting.name, path.display());
            problems.push(ConfigError::new(subject, error));
            None
        }
    }
}
