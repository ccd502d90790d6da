//! The table of settings. Flags, environment, files, help, `config check` and the table in the README
//! all follow it.

use std::io::{IsTerminal, stderr};
use std::thread::available_parallelism;

use super::layer::Layer;

/// Something about an installation that can be chosen.
pub(crate) struct Setting {
    /// The name in the environment and in files.
    pub(crate) name: &'static str,
    /// What holds when nobody chooses.
    pub(crate) default: Fallback,
    /// Whether the value is never shown, and may come from a file of its own.
    pub(crate) secret: bool,
    /// What it is for.
    pub(crate) meaning: &'static str,
}

/// What holds when nobody chooses.
pub(crate) enum Fallback {
    /// The setting is without a value.
    Nothing,
    /// The value itself.
    Value(&'static str),
    /// A value that depends on the machine.
    Depends {
        /// On what, for people.
        on: &'static str,
        /// The value here and now, among what is given.
        value: fn(&[Layer]) -> String,
    },
}

pub(crate) static BIND: Setting =
    plain("BIND", Fallback::Value("127.0.0.1:8000"), "listen address; port 0 takes a free one");
pub(crate) static METRICS_BIND: Setting = plain(
    "METRICS_BIND",
    Fallback::Nothing,
    "listen address of `/metrics` alone; without it, `/metrics` is on BIND",
);
pub(crate) static TLS_CERT: Setting = plain(
    "TLS_CERT",
    Fallback::Nothing,
    "file of the certificate, with those up to the root, in PEM; with it, BIND serves HTTPS alone",
);
pub(crate) static TLS_KEY: Setting =
    plain("TLS_KEY", Fallback::Nothing, "file of the certificate's private key, in PEM");
pub(crate) static TRUSTED_PROXIES: Setting = plain(
    "TRUSTED_PROXIES",
    Fallback::Nothing,
    "addresses and networks of proxies whose word about a client is taken; a list",
);
pub(crate) static CORS_ORIGINS: Setting = plain(
    "CORS_ORIGINS",
    Fallback::Nothing,
    "origins of other sites whose pages may use the API; a list",
);
pub(crate) static MAX_CONNECTIONS: Setting =
    plain("MAX_CONNECTIONS", Fallback::Value("4000"), "how many connections there may be at once");
pub(crate) static DATA_DIR: Setting =
    plain("DATA_DIR", Fallback::Value("./data"), "where the embedded store lives");
pub(crate) static STORE: Setting = plain(
    "STORE",
    Fallback::Depends { on: "embedded, or mongodb when MONGODB_URL is set", value: store },
    "`embedded`, `mongodb`, or `memory`, where nothing is kept",
);
pub(crate) static MONGODB_URL: Setting =
    secret("MONGODB_URL", "connection string of the MongoDB to keep everything in");
pub(crate) static DATABASE_NAME: Setting =
    plain("DATABASE_NAME", Fallback::Value("org_management"), "the database in that MongoDB");
pub(crate) static SECRET_KEY: Setting = secret(
    "SECRET_KEY",
    "HS256 key of tokens, at least 32 bytes; without it the store keeps Ed25519 keys",
);
pub(crate) static SIGNING_KEY_ROTATION_DAYS: Setting = plain(
    "SIGNING_KEY_ROTATION_DAYS",
    Fallback::Value("30"),
    "how often another Ed25519 key takes over; 0: only with `tenantry keys rotate`",
);
pub(crate) static ACCESS_TOKEN_EXPIRE_MINUTES: Setting = plain(
    "ACCESS_TOKEN_EXPIRE_MINUTES",
    Fallback::Value("60"),
    "how long an access token is good for",
);
pub(crate) static REFRESH_TOKEN_EXPIRE_DAYS: Setting = plain(
    "REFRESH_TOKEN_EXPIRE_DAYS",
    Fallback::Value("30"),
    "how long a session lasts, however often its refresh tokens are used",
);
pub(crate) static TOKEN_AUDIENCES: Setting = plain(
    "TOKEN_AUDIENCES",
    Fallback::Nothing,
    "audiences of other services that admins may get access tokens for; a list, not with SECRET_KEY",
);
pub(crate) static STEP_UP_SECONDS: Setting = plain(
    "STEP_UP_SECONDS",
    Fallback::Value("900"),
    "maximum age of the login of a session that changes its own address, or `PUT /org/update` a password; 0: any",
);
pub(crate) static PASSWORD_SCHEME: Setting = plain(
    "PASSWORD_SCHEME",
    Fallback::Value("argon2id"),
    "`argon2id` or `bcrypt`; the other is still verified, and upgraded at login",
);
pub(crate) static SIGNUP: Setting = plain(
    "SIGNUP",
    Fallback::Value("open"),
    "who may create organizations: anyone (`open`) or the `operator`",
);
pub(crate) static OPERATOR_TOKEN: Setting =
    secret("OPERATOR_TOKEN", "enables operator access; at least 32 bytes");
pub(crate) static TENANT_NAMING: Setting = plain(
    "TENANT_NAMING",
    Fallback::Value("slug"),
    "what collections are named after: the organization's `slug` or its `id`",
);
pub(crate) static TENANT_PLACEMENT: Setting = plain(
    "TENANT_PLACEMENT",
    Fallback::Value("auto"),
    "`collection` for each organization, one `shared` by all, or `auto`: shared when there may be no more",
);
pub(crate) static MAX_TENANT_COLLECTIONS: Setting = plain(
    "MAX_TENANT_COLLECTIONS",
    Fallback::Value("2000"),
    "how many organizations may have a collection of their own",
);
pub(crate) static MAX_DOCUMENT_BYTES: Setting = plain(
    "MAX_DOCUMENT_BYTES",
    Fallback::Value("1048576"),
    "the greatest document, in bytes of JSON, up to 16777216",
);
pub(crate) static RATE_LIMIT_PER_ORG: Setting = plain(
    "RATE_LIMIT_PER_ORG",
    Fallback::Value("1000"),
    "how many requests an organization may make per window, where the operator did not say otherwise; 0: any",
);
pub(crate) static RATE_LIMIT_WINDOW_SECONDS: Setting = plain(
    "RATE_LIMIT_WINDOW_SECONDS",
    Fallback::Value("60"),
    "how long the window of organizations and of anonymous requests is; 0: neither is limited",
);
pub(crate) static RATE_LIMIT_ANONYMOUS: Setting = plain(
    "RATE_LIMIT_ANONYMOUS",
    Fallback::Value("60"),
    "how many requests without an accepted token an address may make per window; 0: any",
);
pub(crate) static RATE_LIMIT_SIGNUP: Setting = plain(
    "RATE_LIMIT_SIGNUP",
    Fallback::Value("5"),
    "how many organizations may be created from an address per minute; 0: any number",
);
pub(crate) static SIGNUP_LIMIT_PER_HOUR: Setting = plain(
    "SIGNUP_LIMIT_PER_HOUR",
    Fallback::Value("1000"),
    "how many organizations may be created per hour, a tenth of them by admins of one organization; 0: any number",
);
pub(crate) static CHANGES_PER_ORG_PER_DAY: Setting = plain(
    "CHANGES_PER_ORG_PER_DAY",
    Fallback::Value("1000"),
    "how often an organization and its admins may be changed per day, a tenth of it renames; 0: any number",
);
pub(crate) static MAX_ADMINS_PER_ORG: Setting = plain(
    "MAX_ADMINS_PER_ORG",
    Fallback::Value("1000"),
    "how many admins an organization may have; 0: any number",
);
pub(crate) static IDEMPOTENCY_KIB_PER_DAY: Setting = plain(
    "IDEMPOTENCY_KIB_PER_DAY",
    Fallback::Value("1048576"),
    "KiB of responses kept for Idempotency-Keys per day, half of it for organizations, a tenth for one; 0: any number",
);
pub(crate) static AUDIT_DOCUMENTS: Setting = plain(
    "AUDIT_DOCUMENTS",
    Fallback::Value("false"),
    "whether each write of a document is told in the audit trail too: `true` or `false`",
);
pub(crate) static AUDIT_RETENTION_DAYS: Setting = plain(
    "AUDIT_RETENTION_DAYS",
    Fallback::Value("0"),
    "how long audit events are kept at least; 0: for ever",
);
pub(crate) static AUDIT_KEY: Setting = secret(
    "AUDIT_KEY",
    "Ed25519 private key, in PEM, that signs audit trails; without it the store keeps one",
);
pub(crate) static AUDIT_ANCHOR_FILE: Setting = plain(
    "AUDIT_ANCHOR_FILE",
    Fallback::Nothing,
    "append-only file outside the database that receives every signed audit checkpoint",
);
pub(crate) static COMPAT: Setting = plain(
    "COMPAT",
    Fallback::Value("org,enterprise"),
    "which reference APIs are mounted: `org` or `org-envelope`, `enterprise`, or `none`",
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
    "how many threads answer requests",
);

/// All settings, in the order in which they are shown.
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
    /// The name under which the path of a file with the value is given; secrets only.
    pub(crate) fn file_name(&self) -> Option<String> {
        self.secret.then(|| format!("{}_FILE", self.name))
    }
}

impl Fallback {
    /// The default, for people.
    pub(crate) fn description(&self) -> &'static str {
        match self {
            Self::Nothing => "-",
            Self::Value(value) => value,
            Self::Depends { on, .. } => on,
        }
    }

    /// The default, here and now, among what is given.
    pub(crate) fn value(&self, given: &[Layer]) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some((*value).to_owned()),
            Self::Depends { value, .. } => Some(value(given)),
        }
    }
}

/// Every name under which a value can be given.
pub(crate) fn names() -> impl Iterator<Item = String> {
    SETTINGS
        .iter()
        .flat_map(|setting| [Some(setting.name.to_owned()), setting.file_name()])
        .flatten()
}

/// The flag for a name of the table.
pub(crate) fn flag(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

const fn plain(name: &'static str, default: Fallback, meaning: &'static str) -> Setting {
    Setting { name, default, secret: false, meaning }
}

const fn secret(name: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default: Fallback::Nothing, secret: true, meaning }
}

/// Who names a MongoDB means to use it.
fn store(given: &[Layer]) -> String {
    let names = [Some(MONGODB_URL.name.to_owned()), MONGODB_URL.file_name()];
    let named = |name| given.iter().any(|layer| layer.get(name).is_some());
    let mongodb = names.iter().flatten().any(|name| named(name));
    if mongodb { "mongodb" } else { "embedded" }.to_owned()
}

/// Logs go to the standard error stream.
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

    /// Name and default of every row of the table headed `| name | default | meaning |`.
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
