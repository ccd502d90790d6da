//! Table of settings: the source of flags, environment variables, file keys, help, `config check`
//! and the table in the README.

use std::io::{IsTerminal, stderr};
use std::thread::available_parallelism;

use super::layer::Layer;

/// Setting of an installation.
pub(crate) struct Setting {
    /// Name in the environment and in files.
    pub(crate) name: &'static str,
    /// Default value.
    pub(crate) default: Fallback,
    /// Whether the value is secret: never displayed, and may be read from its own file.
    pub(crate) secret: bool,
    /// Meaning, for help texts.
    pub(crate) meaning: &'static str,
}

/// Default value.
pub(crate) enum Fallback {
    /// No value.
    Nothing,
    /// Fixed value.
    Value(&'static str),
    /// Value that depends on the environment.
    Depends {
        /// Description of the dependency, for display.
        on: &'static str,
        /// Computes the value; the argument contains the given settings.
        value: fn(&[Layer]) -> String,
    },
}

pub(crate) static BIND: Setting =
    plain("BIND", Fallback::Value("127.0.0.1:8000"), "listen address; port 0 selects a free port");
pub(crate) static METRICS_BIND: Setting = plain(
    "METRICS_BIND",
    Fallback::Nothing,
    "separate listen address for `/metrics`; without it, `/metrics` is on BIND",
);
pub(crate) static TLS_CERT: Setting = plain(
    "TLS_CERT",
    Fallback::Nothing,
    "file of the certificate chain in PEM, up to the root; with it, BIND serves only HTTPS",
);
pub(crate) static TLS_KEY: Setting =
    plain("TLS_KEY", Fallback::Nothing, "file of the private key in PEM");
pub(crate) static TRUSTED_PROXIES: Setting = plain(
    "TRUSTED_PROXIES",
    Fallback::Nothing,
    "IP addresses or CIDR ranges of trusted reverse proxies; a list",
);
pub(crate) static CORS_ORIGINS: Setting =
    plain("CORS_ORIGINS", Fallback::Nothing, "origins allowed by CORS; a list");
pub(crate) static MAX_CONNECTIONS: Setting =
    plain("MAX_CONNECTIONS", Fallback::Value("4000"), "maximum concurrent connections");
pub(crate) static DATA_DIR: Setting =
    plain("DATA_DIR", Fallback::Value("./data"), "directory of the embedded store");
pub(crate) static STORE: Setting = plain(
    "STORE",
    Fallback::Depends { on: "embedded, or mongodb when MONGODB_URL is set", value: store },
    "`embedded`, `mongodb`, or `memory` (nothing is persisted)",
);
pub(crate) static MONGODB_URL: Setting = secret("MONGODB_URL", "MongoDB connection string");
pub(crate) static DATABASE_NAME: Setting =
    plain("DATABASE_NAME", Fallback::Value("org_management"), "MongoDB database name");
pub(crate) static SECRET_KEY: Setting = secret(
    "SECRET_KEY",
    "HS256 key that signs tokens, at least 32 bytes; without it, Ed25519 keys in the store sign them",
);
pub(crate) static SIGNING_KEY_ROTATION_DAYS: Setting = plain(
    "SIGNING_KEY_ROTATION_DAYS",
    Fallback::Value("30"),
    "rotation interval of the Ed25519 keys; 0: only with `tenantry keys rotate`",
);
pub(crate) static ACCESS_TOKEN_EXPIRE_MINUTES: Setting =
    plain("ACCESS_TOKEN_EXPIRE_MINUTES", Fallback::Value("60"), "lifetime of an access token");
pub(crate) static REFRESH_TOKEN_EXPIRE_DAYS: Setting = plain(
    "REFRESH_TOKEN_EXPIRE_DAYS",
    Fallback::Value("30"),
    "lifetime of a session, from its login; a refresh does not extend it",
);
pub(crate) static TOKEN_AUDIENCES: Setting = plain(
    "TOKEN_AUDIENCES",
    Fallback::Nothing,
    "audiences of other services for which admins may request access tokens; a list, not with SECRET_KEY",
);
pub(crate) static STEP_UP_SECONDS: Setting = plain(
    "STEP_UP_SECONDS",
    Fallback::Value("900"),
    "maximum age of the login for a change of one's own e-mail address, or with `PUT /org/update` of the password; 0: any age",
);
pub(crate) static PASSWORD_SCHEME: Setting = plain(
    "PASSWORD_SCHEME",
    Fallback::Value("argon2id"),
    "hash for new passwords: `argon2id` or `bcrypt`; hashes of the other scheme remain valid and are upgraded at login",
);
pub(crate) static SIGNUP: Setting = plain(
    "SIGNUP",
    Fallback::Value("open"),
    "who may create organizations: `open` (anyone) or `operator`",
);
pub(crate) static OPERATOR_TOKEN: Setting =
    secret("OPERATOR_TOKEN", "token of the operator; enables operator access; at least 32 bytes");
pub(crate) static TENANT_NAMING: Setting = plain(
    "TENANT_NAMING",
    Fallback::Value("slug"),
    "names collections after the organization's `slug` or its `id`",
);
pub(crate) static TENANT_PLACEMENT: Setting = plain(
    "TENANT_PLACEMENT",
    Fallback::Value("auto"),
    "placement of new organizations: a `collection` each, one `shared` collection, or `auto`: shared once the collection limit is reached",
);
pub(crate) static MAX_TENANT_COLLECTIONS: Setting = plain(
    "MAX_TENANT_COLLECTIONS",
    Fallback::Value("2000"),
    "maximum number of organizations with their own collection",
);
pub(crate) static MAX_DOCUMENT_BYTES: Setting = plain(
    "MAX_DOCUMENT_BYTES",
    Fallback::Value("1048576"),
    "maximum size of a document, in bytes of JSON, up to 16777216",
);
pub(crate) static RATE_LIMIT_PER_ORG: Setting = plain(
    "RATE_LIMIT_PER_ORG",
    Fallback::Value("1000"),
    "requests per window of an organization, unless the operator set another limit for it; 0: unlimited",
);
pub(crate) static RATE_LIMIT_WINDOW_SECONDS: Setting = plain(
    "RATE_LIMIT_WINDOW_SECONDS",
    Fallback::Value("60"),
    "length of the window for organizations and anonymous requests; 0: neither is limited",
);
pub(crate) static RATE_LIMIT_ANONYMOUS: Setting = plain(
    "RATE_LIMIT_ANONYMOUS",
    Fallback::Value("60"),
    "requests without an accepted token per window and client network; 0: unlimited",
);
pub(crate) static RATE_LIMIT_SIGNUP: Setting = plain(
    "RATE_LIMIT_SIGNUP",
    Fallback::Value("5"),
    "organizations created per minute and client network; 0: unlimited",
);
pub(crate) static SIGNUP_LIMIT_PER_HOUR: Setting = plain(
    "SIGNUP_LIMIT_PER_HOUR",
    Fallback::Value("1000"),
    "organizations created per hour in the installation, at most a tenth by admins of one organization; 0: unlimited",
);
pub(crate) static CHANGES_PER_ORG_PER_DAY: Setting = plain(
    "CHANGES_PER_ORG_PER_DAY",
    Fallback::Value("1000"),
    "changes per day to an organization and its admins, at most a tenth may be renames; 0: unlimited",
);
pub(crate) static MAX_ADMINS_PER_ORG: Setting = plain(
    "MAX_ADMINS_PER_ORG",
    Fallback::Value("1000"),
    "maximum number of admins of an organization; 0: unlimited",
);
pub(crate) static IDEMPOTENCY_KIB_PER_DAY: Setting = plain(
    "IDEMPOTENCY_KIB_PER_DAY",
    Fallback::Value("1048576"),
    "KiB of responses kept per day for Idempotency-Keys, half for organizations (a tenth for one), half for sign-ups without a token; 0: unlimited",
);
pub(crate) static AUDIT_DOCUMENTS: Setting = plain(
    "AUDIT_DOCUMENTS",
    Fallback::Value("false"),
    "`true`: the audit trail also records each write of a document",
);
pub(crate) static AUDIT_RETENTION_DAYS: Setting = plain(
    "AUDIT_RETENTION_DAYS",
    Fallback::Value("0"),
    "minimum retention of audit events; 0: for ever",
);
pub(crate) static AUDIT_KEY: Setting = secret(
    "AUDIT_KEY",
    "Ed25519 private key in PEM that signs audit checkpoints; without it, a key in the store signs them",
);
pub(crate) static AUDIT_ANCHOR_FILE: Setting = plain(
    "AUDIT_ANCHOR_FILE",
    Fallback::Nothing,
    "append-only file, outside the database, that receives every signed audit checkpoint",
);
pub(crate) static COMPAT: Setting = plain(
    "COMPAT",
    Fallback::Value("org,enterprise"),
    "legacy dialects to serve: `org` or `org-envelope`, `enterprise`, or `none`",
);
pub(crate) static LOG_LEVEL: Setting = plain(
    "LOG_LEVEL",
    Fallback::Value("info"),
    "`trace`, `debug`, `info`, `warn`, `error` or `off`",
);
pub(crate) static LOG_FORMAT: Setting = plain(
    "LOG_FORMAT",
    Fallback::Depends { on: "text on a terminal, json elsewhere", value: log_format },
    "`text` or `json`",
);
pub(crate) static WORKERS: Setting = plain(
    "WORKERS",
    Fallback::Depends { on: "number of cores", value: cores },
    "number of worker threads",
);

/// All settings, in display order.
pub(crate) static SETTINGS: [&Setting; 40] = [
    &BIND,
    &METRICS_BIND,
    &TLS_CERT,
    &TLS_KEY,
    &TRUSTED_PROXIES,
    &CORS_ORIGINS,
    &MAX_CONNECTIONS,
    &DATA_DIR,
    &STORE,
    &MONGODB_URL,
    &DATABASE_NAME,
    &SECRET_KEY,
    &SIGNING_KEY_ROTATION_DAYS,
    &ACCESS_TOKEN_EXPIRE_MINUTES,
    &REFRESH_TOKEN_EXPIRE_DAYS,
    &TOKEN_AUDIENCES,
    &STEP_UP_SECONDS,
    &PASSWORD_SCHEME,
    &SIGNUP,
    &OPERATOR_TOKEN,
    &TENANT_NAMING,
    &TENANT_PLACEMENT,
    &MAX_TENANT_COLLECTIONS,
    &MAX_DOCUMENT_BYTES,
    &RATE_LIMIT_PER_ORG,
    &RATE_LIMIT_WINDOW_SECONDS,
    &RATE_LIMIT_ANONYMOUS,
    &RATE_LIMIT_SIGNUP,
    &SIGNUP_LIMIT_PER_HOUR,
    &CHANGES_PER_ORG_PER_DAY,
    &MAX_ADMINS_PER_ORG,
    &IDEMPOTENCY_KIB_PER_DAY,
    &AUDIT_DOCUMENTS,
    &AUDIT_RETENTION_DAYS,
    &AUDIT_KEY,
    &AUDIT_ANCHOR_FILE,
    &COMPAT,
    &LOG_LEVEL,
    &LOG_FORMAT,
    &WORKERS,
];

impl Setting {
    /// Name of the setting with the path of a file that contains the value; secrets only.
    pub(crate) fn file_name(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.name))
    }
}

impl Fallback {
    /// Default for display.
    pub(crate) fn description(&self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Value(value) => value,
            Self::Depends { on, .. } => on,
        }
    }

    /// Computes the default, given the other settings.
    pub(crate) fn value(&self, given: &[Layer]) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some((*value).to_owned()),
            Self::Depends { value, .. } => Some(value(given)),
        }
    }
}

/// All names under which a value can be given.
pub(crate) fn names() -> impl Iterator<Item = String> {
    SETTINGS
        .iter()
        .flat_map(|setting| [Some(setting.name.to_owned()), setting.file_name()])
        .flatten()
}

/// Flag of a setting.
pub(crate) fn flag(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

const fn plain(name: &'static str, default: Fallback, meaning: &'static str) -> Setting {
    Setting { name, default, secret: false, meaning }
}

const fn secret(name: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: Fallback::Nothing, secret: true, meaning }
}

/// Default of STORE: `mongodb` if MONGODB_URL is given.
fn store(given: &[Layer]) -> String {
    let names = [Some(MONGODB_URL.name.to_owned()), MONGODB_URL.file_name()];
    let named = |name| given.iter().any(|layer| layer.get(name).is_some());
    let mongodb = names.iter().flatten().any(|name| named(name));
    if mongodb { "mongodb" } else { "embedded" }.to_owned()
}

/// Default of LOG_FORMAT: depends on whether the standard error stream, which receives the logs, is
/// a terminal.
fn log_format(_: &[Layer]) -> String {
    if stderr().is_terminal() { "text" } else { "json" }.to_owned()
}

fn cores(_: &[Layer]) -> String {
    available_parallelism().map_or(1, usize::from).to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_readme_lists_the_same_settings_and_defaults() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
        let readme = fs::read_to_string(readme).unwrap();
        let ours = SETTINGS.map(|setting| (setting.name, setting.default.description())).to_vec();
        assert_eq!(rows(&readme), ours);
    }

    /// Name and default of every row of the table with the header `| name | default | meaning |`.
    fn rows(markdown: &str) -> Vec<(&str, &str)> {
        let lines =
            markdown.lines().skip_while(|line| cells(line)[..] != ["name", "default", "meaning"]);
        lines
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .map(|line| (cells(line)[0], cells(line)[1]))
            .collect()
    }

    fn cells(line: &str) -> Vec<&str> {
        let row = line.trim().trim_matches('|');
        row.split('|').map(|cell| cell.trim().trim_matches('`')).collect()
    }
}
