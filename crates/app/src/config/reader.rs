//! Reader that converts setting values to configuration values.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::config_error::ConfigError;
use super::layer::Source;
use super::settings::{self, Setting};
use super::values::InvalidValue;
use super::{Resolved, Store, StoreKind};
use crate::tls::TlsFiles;

/// Parses settings and collects their problems.
pub(super) struct ConfigReader<'a> {
    pub(super) values: &'a [Resolved],
    pub(super) problems: Vec<ConfigError>,
}

impl ConfigReader<'_> {
    /// Parses the value of `setting`. Returns none if it has no value or an invalid one; records an
    /// error for the latter.
    pub(super) fn read<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let resolved = self.values.iter().find(|value| value.setting.name == setting.name)?;
        let text = resolved.value.as_ref()?.expose_secret();
        match parse(text) {
            Ok(value) => Some(value),
            Err(refused) if setting.secret => self.refuse(resolved, refused),
            Err(refused) => self.refuse(resolved, format!("{refused}, not {text:?}")),
        }
    }

    /// Reads the settings of the selected store; only those are required.
    pub(super) fn store(
        &mut self,
        kind: StoreKind,
        directory: Option<PathBuf>,
        url: Option<SecretString>,
        database: Option<String>,
    ) -> Option<Store> {
        match kind {
            StoreKind::Embedded => directory.map(Store::Embedded),
            StoreKind::Memory => Some(Store::Memory),
            StoreKind::Mongodb if self.is_unset(&settings::MONGODB_URL) => {
                let about = "is required with STORE=mongodb";
                self.problems.push(ConfigError::new(settings::MONGODB_URL.name, about));
                None
            }
            StoreKind::Mongodb => Some(Store::Mongodb { url: url?, database: database? }),
        }
    }

    /// Reads the paths of certificate and key; each requires the other.
    pub(super) fn tls(
        &mut self,
        certificate: Option<PathBuf>,
        key: Option<PathBuf>,
    ) -> Option<TlsFiles> {
        for (one, other) in
            [(&settings::TLS_KEY, &settings::TLS_CERT), (&settings::TLS_CERT, &settings::TLS_KEY)]
        {
            if self.is_unset(one) && !self.is_unset(other) {
                self.problems
                    .push(ConfigError::new(one.name, format!("is required with {}", other.name)));
            }
        }
        Some(TlsFiles { certificate: certificate?, key: key? })
    }

    pub(super) fn is_unset(&self, setting: &'static Setting) -> bool {
        let of_it = |value: &&Resolved| value.setting.name == setting.name;
        self.values.iter().find(of_it).is_none_or(|value| matches!(value.source, Source::Default))
    }

    pub(super) fn refuse<T>(&mut self, resolved: &Resolved, about: String) -> Option<T> {
        let subject = format!("{} ({})", resolved.setting.name, resolved.source());
        self.problems.push(ConfigError::new(subject, about));
        None
    }
}
