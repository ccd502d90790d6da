//! Configuration from flags, environment, `.env` and `tenantry.toml`, with defaults from one table.

mod config_error;
mod layer;
mod reader;
mod resolved;
mod settings;
mod tokens;
pub(crate) mod values;
mod warnings;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api_actix::{AppOptions, Dialects, InvalidDialects, Network, Origin};
use domain::model::{Audience, DocumentLimit, Naming, QuotaWindow, RateLimit};
use domain::service::{
    AuditRules, OperatorToken, PlacementPolicy, PlacementRules, RateLimits, Signup, TokenLifetimes,
};
use secrecy::SecretString;
use tracing::level_filters::LevelFilter;

pub(crate) use config_error::ConfigErrors;
pub(crate) use layer::{Layer, Source};
pub(crate) use resolved::Resolved;
pub(crate) use settings::{Fallback, SETTINGS, flag, names};

use reader::ConfigReader;
use values::InvalidValue;

use crate::tls::TlsFiles;
use crate::wire;

/// Configuration file that is read if it exists and no other file is given.
const DEFAULT_FILE: &str = "tenantry.toml";
const DOTENV: &str = ".env";
/// Ten years; 0 disables rotation.
const MAX_ROTATION_DAYS: u64 = 3650;
const MAX_WORKERS: usize = 1024;
/// A century: longer than any legal retention period.
const MAX_RETENTION_DAYS: u64 = 36_500;
/// More than the ports of one client address, and more than the default limit of file descriptors.
const MAX_CONNECTIONS: usize = 1_000_000;
/// Far more than any MongoDB can handle.
const MAX_COLLECTIONS: u64 = 1_000_000;

/// Bounded, because adding an admin counts the existing ones.
const MAX_ADMINS: u64 = 100_000;

/// Configuration of an installation.
pub(crate) struct Config {
    pub(crate) bind: SocketAddr,
    pub(crate) metrics_bind: Option<SocketAddr>,
    /// Certificate and key for TLS on `bind`.
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) app: AppOptions,
    pub(crate) max_connections: usize,
    pub(crate) store: Store,
    pub(crate) secret_key: Option<SecretString>,
    pub(crate) token_lifetimes: TokenLifetimes,
    /// Audiences of other services that access tokens are issued for.
    pub(crate) token_audiences: Vec<Audience>,
    /// Maximum age of the login for step-up authentication; `None`: any.
    pub(crate) step_up: Option<Duration>,
    /// Rotation interval of signing keys; none for no automatic rotation.
    pub(crate) signing_key_rotation: Option<Duration>,
    pub(crate) password_scheme: PasswordScheme,
    pub(crate) signup: Signup,
    pub(crate) operator: Option<OperatorToken>,
    pub(crate) naming: Naming,
    pub(crate) placement: PlacementRules,
    /// Maximum size of a document.
    pub(crate) document_limit: DocumentLimit,
    pub(crate) limits: RateLimits,
    pub(crate) audit: AuditRules,
    /// Private key that signs audit trails; without it, a key in the store.
    pub(crate) audit_key: Option<SecretString>,
    /// File that receives signed checkpoints outside the store.
    pub(crate) audit_anchor_file: Option<PathBuf>,
    pub(crate) log_level: LevelFilter,
    pub(crate) log_format: LogFormat,
    pub(crate) workers: usize,
}

/// Store of the installation.
pub(crate) enum Store {
    /// Embedded store in this directory.
    Embedded(PathBuf),
    /// MongoDB database.
    Mongodb {
        /// Connection string.
        url: SecretString,
        /// Database name.
        database: String,
    },
    /// In memory only; lost when the process ends.
    Memory,
}

/// Hash scheme for new passwords.
#[derive(Clone, Copy)]
pub(crate) enum PasswordScheme {
    Argon2id,
    Bcrypt,
}

/// Format of log lines.
#[derive(Clone, Copy)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Configuration with the source of each setting.
pub(crate) struct Loaded {
    /// Effective value of each setting.
    pub(crate) values: Vec<Resolved>,
    /// Configuration, or all errors in it.
    pub(crate) config: Result<Config, ConfigErrors>,
}

impl Loaded {
    /// One line for each setting that is valid and probably a mistake; none when the configuration
    /// is invalid.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.config
            .as_ref()
            .map_or_else(|_| Vec::new(), |config| warnings::of(config, &self.values))
    }

    /// Mounted reference APIs, even if other settings are invalid.
    ///
    /// # Errors
    /// Fails if this setting is invalid.
    pub(crate) fn dialects(&self) -> Result<Dialects, ConfigErrors> {
        let mut reader = ConfigReader { values: &self.values, problems: Vec::new() };
        reader.read(&settings::COMPAT, dialects).ok_or(ConfigErrors(reader.problems))
    }
}

/// Reads every layer: `flags`, the environment, `.env`, and the file `named`, which must exist if
/// given.
pub(crate) fn load(flags: Layer, named: Option<&Path>) -> Loaded {
    let mut problems = Vec::new();
    let environment = layer::environment(&mut problems);
    let dotenv = layer::dotenv(Path::new(DOTENV), &mut problems);
    let mut layers = vec![flags, environment, dotenv];
    let default = Path::new(DEFAULT_FILE);
    if let Some(file) = named.or_else(|| default.exists().then_some(default)) {
        layers.push(layer::toml_file(file, &mut problems));
    }
    let values: Vec<Resolved> =
        SETTINGS.map(|setting| Resolved::new(setting, &layers, &mut problems)).into();
    let mut reader = ConfigReader { values: &values, problems };
    let config = config(&mut reader);
    let config = match config {
        Some(config) if reader.problems.is_empty() => Ok(config),
        _ => Err(ConfigErrors(reader.problems)),
    };
    Loaded { values, config }
}

/// Builds the configuration. Reads every setting before it fails on an invalid one, so that all
/// errors are reported at once.
fn config(reader: &mut ConfigReader<'_>) -> Option<Config> {
    let bind = reader.read(&settings::BIND, values::address);
    let metrics_bind = reader.read(&settings::METRICS_BIND, values::address);
    let certificate = reader.read(&settings::TLS_CERT, values::path);
    let key = reader.read(&settings::TLS_KEY, values::path);
    let tls = reader.tls(certificate, key);
    let app = app_options(reader);
    let connections = values::number(1..=MAX_CONNECTIONS);
    let max_connections = reader.read(&settings::MAX_CONNECTIONS, connections);
    let directory = reader.read(&settings::DATA_DIR, values::path);
    let kind = reader.read(&settings::STORE, values::word(&STORES));
    let mongodb_url = reader.read(&settings::MONGODB_URL, values::mongodb_url);
    let database = reader.read(&settings::DATABASE_NAME, values::database_name);
    let store = kind.and_then(|kind| reader.store(kind, directory, mongodb_url, database));
    let secret_key = reader.read(&settings::SECRET_KEY, values::secret);
    let days = values::number(0..=MAX_ROTATION_DAYS);
    let rotation_days = reader.read(&settings::SIGNING_KEY_ROTATION_DAYS, days);
    let token_lifetimes = tokens::lifetimes(reader);
    let token_audiences = tokens::audiences(reader);
    let step_up = tokens::step_up(reader);
    let password_scheme = reader.read(&settings::PASSWORD_SCHEME, values::word(&SCHEMES));
    let signup = reader.read(&settings::SIGNUP, values::word(&SIGNUPS));
    let operator = reader.read(&settings::OPERATOR_TOKEN, operator_token);
    let naming = reader.read(&settings::TENANT_NAMING, values::word(&NAMINGS));
    let placement = placement(reader);
    let document_limit = reader.read(&settings::MAX_DOCUMENT_BYTES, document_limit);
    let limits = limits(reader);
    let audit = audit(reader);
    let audit_key = reader.read(&settings::AUDIT_KEY, audit_key);
    let audit_anchor_file = reader.read(&settings::AUDIT_ANCHOR_FILE, values::path);
    let log_level = reader.read(&settings::LOG_LEVEL, values::word(&LEVELS));
    let log_format = reader.read(&settings::LOG_FORMAT, values::word(&FORMATS));
    let workers = reader.read(&settings::WORKERS, values::number(1..=MAX_WORKERS));
    Some(Config {
        bind: bind?,
        metrics_bind,
        tls,
        app: app?,
        max_connections: max_connections?,
        store: store?,
        secret_key,
        token_lifetimes: token_lifetimes?,
        token_audiences: token_audiences?,
        step_up: step_up?,
        signing_key_rotation: period(rotation_days?),
        password_scheme: password_scheme?,
        signup: signup?,
        operator,
        naming: naming?,
        placement: placement?,
        document_limit: document_limit?,
        limits: limits?,
        audit: audit?,
        audit_key,
        audit_anchor_file,
        log_level: log_level?,
        log_format: log_format?,
        workers: workers?,
    })
}

fn app_options(reader: &mut ConfigReader<'_>) -> Option<AppOptions> {
    let proxies = reader.read(&settings::TRUSTED_PROXIES, values::list::<Network, _>);
    let origins = reader.read(&settings::CORS_ORIGINS, values::list::<Origin, Vec<_>>);
    let dialects = reader.read(&settings::COMPAT, dialects);
    Some(AppOptions {
        origins: origins.unwrap_or_default().into(),
        proxies: Arc::new(proxies.unwrap_or_default()),
        dialects: dialects?,
        ..AppOptions::default()
    })
}

fn placement(reader: &mut ConfigReader<'_>) -> Option<PlacementRules> {
    let policy = reader.read(&settings::TENANT_PLACEMENT, values::word(&PLACEMENTS));
    let most = values::number(0..=MAX_COLLECTIONS);
    let max_collections = reader.read(&settings::MAX_TENANT_COLLECTIONS, most);
    Some(PlacementRules { policy: policy?, max_collections: max_collections? })
}

fn limits(reader: &mut ConfigReader<'_>) -> Option<RateLimits> {
    let organization = reader.read(&settings::RATE_LIMIT_PER_ORG, rate_limit);
    let window = values::number(0..=QuotaWindow::MAX_SECONDS);
    let window = reader.read(&settings::RATE_LIMIT_WINDOW_SECONDS, window);
    let anonymous = reader.read(&settings::RATE_LIMIT_ANONYMOUS, rate_limit);
    let sign_up = reader.read(&settings::RATE_LIMIT_SIGNUP, rate_limit);
    let sign_up_per_hour = reader.read(&settings::SIGNUP_LIMIT_PER_HOUR, rate_limit);
    let changes_per_day = reader.read(&settings::CHANGES_PER_ORG_PER_DAY, rate_limit);
    let admins = reader.read(&settings::MAX_ADMINS_PER_ORG, values::number(0..=MAX_ADMINS));
    let kept_kib_per_day = reader.read(&settings::IDEMPOTENCY_KIB_PER_DAY, rate_limit);
    Some(RateLimits {
        organization: organization?,
        anonymous: anonymous?,
        window: QuotaWindow::of_seconds(window?),
        sign_up: sign_up?,
        sign_up_per_hour: sign_up_per_hour?,
        changes_per_day: changes_per_day?,
        kept_kib_per_day: kept_kib_per_day?,
        admins: admins?,
    })
}

fn audit(reader: &mut ConfigReader<'_>) -> Option<AuditRules> {
    let documents = reader.read(&settings::AUDIT_DOCUMENTS, values::word(&SWITCH));
    let days = values::number(0..=MAX_RETENTION_DAYS);
    let days = reader.read(&settings::AUDIT_RETENTION_DAYS, days);
    Some(AuditRules { documents: documents?, retention: period(days?) })
}

/// Kinds of [`Store`].
#[derive(Clone, Copy)]
enum StoreKind {
    Embedded,
    Mongodb,
    Memory,
}

const STORES: [(&str, StoreKind); 3] = [
    ("embedded", StoreKind::Embedded),
    ("mongodb", StoreKind::Mongodb),
    ("memory", StoreKind::Memory),
];
const SCHEMES: [(&str, PasswordScheme); 2] =
    [("argon2id", PasswordScheme::Argon2id), ("bcrypt", PasswordScheme::Bcrypt)];
const SIGNUPS: [(&str, Signup); 2] = [("open", Signup::Open), ("operator", Signup::Operator)];
const NAMINGS: [(&str, Naming); 2] = [("slug", Naming::Slug), ("id", Naming::Id)];
const PLACEMENTS: [(&str, PlacementPolicy); 3] = [
    ("auto", PlacementPolicy::Auto),
    ("collection", PlacementPolicy::Collection),
    ("shared", PlacementPolicy::Shared),
];
const SWITCH: [(&str, bool); 2] = [("true", true), ("false", false)];
const FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
const LEVELS: [(&str, LevelFilter); 6] = [
    ("trace", LevelFilter::TRACE),
    ("debug", LevelFilter::DEBUG),
    ("info", LevelFilter::INFO),
    ("warn", LevelFilter::WARN),
    ("error", LevelFilter::ERROR),
    ("off", LevelFilter::OFF),
];

/// Converts days to a duration; none for 0.
fn period(days: u64) -> Option<Duration> {
    (days > 0).then(|| Duration::from_secs(days * 24 * 60 * 60))
}

fn rate_limit(text: &str) -> Result<RateLimit, InvalidValue> {
    let requests = values::number(0..=RateLimit::MAX)(text)?;
    RateLimit::parse(requests).map_err(|invalid| invalid.to_string())
}

fn document_limit(text: &str) -> Result<DocumentLimit, InvalidValue> {
    let bytes = values::number(DocumentLimit::MIN..=DocumentLimit::MAX)(text)?;
    DocumentLimit::parse(bytes).map_err(|invalid| invalid.to_string())
}

/// Parses a JSON list or comma-separated names.
fn dialects(text: &str) -> Result<Dialects, InvalidValue> {
    let words: Vec<String> = values::list::<String, _>(text)?;
    words.join(",").parse().map_err(|invalid: InvalidDialects| invalid.to_string())
}

fn operator_token(text: &str) -> Result<OperatorToken, InvalidValue> {
    OperatorToken::parse(&values::secret(text)?).map_err(|invalid| invalid.to_string())
}

fn audit_key(text: &str) -> Result<SecretString, InvalidValue> {
    let key = SecretString::from(text);
    wire::audit_signer(&key).map_err(|error| error.to_string())?;
    Ok(key)
}
