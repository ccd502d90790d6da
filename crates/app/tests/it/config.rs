//! Configuration: `tenantry config check` and `tenantry serve`.

mod audiences;
mod dialects;

use std::fs;
use std::process::{Command, Output};

use crate::support::{Server, tenantry};
use tempfile::TempDir;

/// A valid secret that is easy to find in an output.
const SECRET: &str = "correct-horse-battery-staple-0123456789";

#[test]
fn layers_override_those_below() {
    let place = Place::new();
    place.expect("BIND", "127.0.0.1:8000", "default");
    place.write("tenantry.toml", "bind = '127.0.0.1:1'\n");
    place.expect("BIND", "127.0.0.1:1", "tenantry.toml");
    place.write(".env", "BIND=127.0.0.1:2\n");
    place.expect("BIND", "127.0.0.1:2", ".env");

    let environment = place.check().env("BIND", "127.0.0.1:3").output().unwrap();
    assert_eq!(shown(&environment, "BIND"), ["127.0.0.1:3", "environment"]);
    let flags = ["--bind", "127.0.0.1:4"];
    let flag = place.check().env("BIND", "127.0.0.1:3").args(flags).output().unwrap();
    assert_eq!(shown(&flag, "BIND"), ["127.0.0.1:4", "flag"]);
}

#[test]
fn flags_are_accepted_before_and_after_the_command() {
    let place = Place::new();
    let before = place.run(&["--log-level", "warn", "config", "check"]);
    let after = place.run(&["config", "check", "--log-level", "warn"]);
    for output in [before, after] {
        assert_eq!(shown(&output, "LOG_LEVEL"), ["warn", "flag"]);
    }
}

#[test]
fn settings_files_have_names_in_either_case_and_numbers() {
    let place = Place::new();
    place.write("other.toml", "LOG_LEVEL = 'Debug'\nworkers = 3\n");
    let output = place.check().args(["--config", "other.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(shown(&output, "LOG_LEVEL"), ["Debug", "other.toml"]);
    assert_eq!(shown(&output, "WORKERS"), ["3", "other.toml"]);
}

#[test]
fn a_named_settings_file_must_exist() {
    let output = Place::new().check().args(["--config", "gone.toml"]).output().unwrap();
    assert_problems(&output, &["gone.toml"]);
}

#[test]
fn words_are_parsed_in_any_case() {
    let settings = [
        ("STORE", "MEMORY"),
        ("SIGNUP", "Operator"),
        ("PASSWORD_SCHEME", "BCrypt"),
        ("TENANT_NAMING", "ID"),
        ("AUDIT_DOCUMENTS", "True"),
        ("LOG_LEVEL", "OFF"),
        ("LOG_FORMAT", "JSON"),
    ];
    let output = Place::new().check().envs(settings).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn weak_settings_are_accepted_with_a_warning() {
    let token = "operator-operator-operator-operator";
    let settings = [("OPERATOR_TOKEN", token), ("TRUSTED_PROXIES", "0.0.0.0/0")];
    let output = Place::new().check().envs(settings).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let warnings = stderr(&output);
    let begins = |line: &str, name: &str| line.starts_with(&format!("tenantry: warning: {name} "));
    let lines: Vec<_> = warnings.lines().collect();
    assert!(lines.len() == 2 && begins(lines[0], "OPERATOR_TOKEN"), "{warnings}");
    assert!(begins(lines[1], "TRUSTED_PROXIES") && !warnings.contains(token), "{warnings}");
}

#[test]
fn secrets_are_read_from_files() {
    let place = Place::new();
    place.write("key", &format!("{SECRET}\n"));
    let output = place.check().env("SECRET_KEY_FILE", "key").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(shown(&output, "SECRET_KEY"), ["***", "environment, in key"]);
}

#[test]
fn a_final_line_feed_is_not_part_of_a_secret() {
    let place = Place::new();
    for end in ["\n", "\r\n"] {
        place.write("token", &format!("{}{end}", "x".repeat(31)));
        let output = place.check().args(["--operator-token-file", "token"]).output().unwrap();
        assert_problems(&output, &["OPERATOR_TOKEN (flag, in token): must have at least 32 bytes"]);
    }
}

#[test]
fn a_secret_and_its_file_conflict() {
    let place = Place::new();
    place.write("key", SECRET);
    place.write("tenantry.toml", "secret_key_file = 'key'\n");
    let output = place.check().env("SECRET_KEY", SECRET).output().unwrap();
    assert_problems(&output, &["SECRET_KEY: is given (environment) together with SECRET_KEY_FILE"]);
}

#[test]
fn a_secret_file_must_be_readable() {
    let output = Place::new().check().env("SECRET_KEY_FILE", "gone").output().unwrap();
    assert_problems(&output, &["SECRET_KEY_FILE (gone): No such file"]);
}

#[test]
fn lists_in_files_are_comma_separated_or_json() {
    let place = Place::new();
    place.write("tenantry.toml", "cors_origins = ['https://a.example', 'https://b.example']\n");
    for trusted in ["127.0.0.1, 10.0.0.0/8", r#"["127.0.0.1", "10.0.0.0/8"]"#] {
        let output = place.check().env("TRUSTED_PROXIES", trusted).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(shown(&output, "TRUSTED_PROXIES"), [trusted, "environment"]);
        let origins = r#"["https://a.example","https://b.example"]"#;
        assert_eq!(shown(&output, "CORS_ORIGINS"), [origins, "tenantry.toml"]);
    }
}

#[test]
fn wildcard_origins_are_refused() {
    for any in ["*", "https://*.example.com", r#"["*"]"#] {
        let output = Place::new().check().env("CORS_ORIGINS", any).output().unwrap();
        let problem =
            "CORS_ORIGINS (environment): must list each origin: wildcard origins are not allowed";
        assert_problems(&output, &[problem]);
    }
}

#[test]
fn a_certificate_requires_its_key() {
    for (one, other) in [("TLS_CERT", "TLS_KEY"), ("TLS_KEY", "TLS_CERT")] {
        let output = Place::new().check().env(one, "file.pem").output().unwrap();
        assert_problems(&output, &[&format!("{other}: is required with {one}")]);
    }
}

/// Invalid values of many settings.
const BAD: [(&str, &str); 25] = [
    ("BIND", "localhost"),
    ("METRICS_BIND", "9100"),
    ("TLS_CERT", "cert.pem"),
    ("TRUSTED_PROXIES", "10.0.0.0/8, proxy.example.com"),
    ("CORS_ORIGINS", "https://app.example.com/, *"),
    ("MAX_CONNECTIONS", "0"),
    ("DATA_DIR", ""),
    ("SECRET_KEY", "short-secret"),
    ("ACCESS_TOKEN_EXPIRE_MINUTES", "0"),
    ("STEP_UP_SECONDS", "86401"),
    ("PASSWORD_SCHEME", "md5"),
    ("OPERATOR_TOKEN", "short-token"),
    ("MONGODB_URL", "http://short-host"),
    ("DATABASE_NAME", "a b"),
    ("TENANT_NAMING", "random"),
    ("TENANT_PLACEMENT", "anywhere"),
    ("MAX_TENANT_COLLECTIONS", "-1"),
    ("MAX_DOCUMENT_BYTES", "16777217"),
    ("AUDIT_DOCUMENTS", "sometimes"),
    ("AUDIT_RETENTION_DAYS", "-1"),
    ("AUDIT_KEY", "short-key"),
    ("COMPAT", "org,org-envelope"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
    ("WORKERS", "many"),
];

#[test]
fn check_and_serve_report_all_problems_at_once() {
    let place = Place::new();
    place.write("tenantry.toml", "data_dirr = 'x'\nstore = 'oracle'\nsignup = true\n");
    let expected = [
        "data_dirr (tenantry.toml): is not a setting; did you mean data_dir?",
        "signup (tenantry.toml): must be a string",
        "BIND (environment): must be an IP address and a port",
        "METRICS_BIND (environment): must be an IP address and a port",
        "TLS_KEY: is required with TLS_CERT",
        "TRUSTED_PROXIES (environment): must be addresses and networks, such as 127.0.0.1",
        "CORS_ORIGINS (environment): must be origins such as https://app.example.com",
        "COMPAT (environment): must not have both org and org-envelope, which have the same paths",
        "MAX_CONNECTIONS (environment): must be a whole number from 1 to",
        "DATA_DIR (environment): must not be empty",
        "STORE (tenantry.toml): must be one of embedded, mongodb, memory, not \"oracle\"",
        "MONGODB_URL (environment): must begin with mongodb:// or mongodb+srv://",
        "DATABASE_NAME (environment): must be 1 to 63 bytes long",
        "SECRET_KEY (environment): must have at least 32 bytes",
        "ACCESS_TOKEN_EXPIRE_MINUTES (environment): must be a whole number from 1 to",
        "STEP_UP_SECONDS (environment): must be a whole number from 0 to 86400, not \"86401\"",
        "PASSWORD_SCHEME (environment): must be one of argon2id, bcrypt, not \"md5\"",
        "OPERATOR_TOKEN (environment): must have at least 32 bytes",
        "TENANT_NAMING (environment): must be one of slug, id, not \"random\"",
        "TENANT_PLACEMENT (environment): must be one of auto, collection, shared, not",
        "MAX_TENANT_COLLECTIONS (environment): must be a whole number from 0 to",
        "MAX_DOCUMENT_BYTES (environment): must be a whole number from 1024 to 16777216, not \"16777217\"",
        "AUDIT_DOCUMENTS (environment): must be one of true, false, not \"sometimes\"",
        "AUDIT_RETENTION_DAYS (environment): must be a whole number from 0 to",
        "AUDIT_KEY (environment): must be a private key in PEM",
        "LOG_LEVEL (environment): must be one of trace, debug, info, warn, error, off, not \"loud\"",
        "LOG_FORMAT (environment): must be one of text, json, not \"xml\"",
        "WORKERS (environment): must be a whole number from 1 to 1024, not \"many\"",
    ];
    for command in [&["config", "check"][..], &["serve"], &[]] {
        let output = place.command(command).envs(BAD).output().unwrap();
        assert_problems(&output, &expected);
        assert!(!stderr(&output).contains("short-"), "a secret is shown: {}", stderr(&output));
    }
    assert!(!place.directory.path().join("data").exists(), "nothing was started");
}

#[test]
fn a_secret_is_masked() {
    let place = Place::new();
    place.write(".env", &format!("OPERATOR_TOKEN={SECRET}\n"));
    let output = place.check().args(["--secret-key", SECRET]).output().unwrap();
    assert_eq!(shown(&output, "SECRET_KEY"), ["***", "flag"]);
    assert_eq!(shown(&output, "OPERATOR_TOKEN"), ["***", ".env"]);
    assert_silent_about_the_secret(&output);
}

#[test]
fn multi_line_secrets_are_accepted_from_every_source() {
    /// RFC 8410, section 10.3
    const SECRET: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let place = Place::new();
    let shows = |output: &Output, source: &str| {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        assert_eq!(shown(output, "AUDIT_KEY"), ["***", source]);
        assert!(!String::from_utf8_lossy(&output.stdout).contains(SECRET));
    };
    shows(&place.check().env("AUDIT_KEY", &pem).output().unwrap(), "environment");
    shows(&place.run(&["config", "check", "--audit-key", &pem]), "flag");
    place.write("audit.pem", &pem);
    let file = place.check().env("AUDIT_KEY_FILE", "audit.pem").output().unwrap();
    shows(&file, "environment, in audit.pem");
    place.write("tenantry.toml", &format!("audit_key = '''\n{pem}'''\n"));
    shows(&place.check().output().unwrap(), "tenantry.toml");
    place.write(".env", &format!("AUDIT_KEY=\"{pem}\"\n"));
    shows(&place.check().output().unwrap(), ".env");

    let wrong = pem.replace("PRIVATE", "PUBLIC");
    let output = place.check().env("AUDIT_KEY", wrong).output().unwrap();
    assert_problems(&output, &["AUDIT_KEY (environment): must be an Ed25519 key"]);
    assert!(!stderr(&output).contains(SECRET));
}

#[test]
fn an_unreadable_line_is_reported_by_number_only() {
    for (file, line) in [
        ("tenantry.toml", format!("secret_key = \"{SECRET}")),
        ("tenantry.toml", format!("secret_key = {SECRET}")),
        ("tenantry.toml", SECRET.to_owned()),
        (".env", format!("SECRET_KEY=\"{SECRET}")),
        (".env", format!("SECRET_KEY={SECRET} and more")),
        (".env", SECRET.to_owned()),
    ] {
        let place = Place::new();
        place.write(file, &format!("# first\n{line}\n"));
        let output = place.check().output().unwrap();
        assert_problems(&output, &[&format!("{file} line 2: ")]);
        assert_silent_about_the_secret(&output);
    }
}

#[test]
fn environment_variables_of_other_programs_are_ignored() {
    let place = Place::new();
    place.write(".env", "EDITOR=vi\n");
    let output = place.check().env("POSTGRES_URL", "postgres://127.0.0.1").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn a_mongodb_url_selects_the_mongodb_store() {
    let place = Place::new();
    let store = |url: &[(&str, &str)]| {
        let output = place.check().envs(url.iter().copied()).output().unwrap();
        shown(&output, "STORE")[0].to_owned()
    };
    assert_eq!(store(&[]), "embedded");
    assert_eq!(store(&[("MONGODB_URL", "mongodb://127.0.0.1")]), "mongodb");
    place.write("url", "mongodb://127.0.0.1\n");
    assert_eq!(store(&[("MONGODB_URL_FILE", "url")]), "mongodb");
    assert_eq!(store(&[("MONGODB_URL", "mongodb://127.0.0.1"), ("STORE", "memory")]), "memory");
}

#[test]
fn the_mongodb_store_requires_a_url() {
    let output = Place::new().check().env("STORE", "mongodb").output().unwrap();
    assert_problems(&output, &["MONGODB_URL: is required with STORE=mongodb"]);
}

#[test]
fn a_setting_in_both_cases_is_refused() {
    let place = Place::new();
    place.write("tenantry.toml", "bind = '127.0.0.1:1'\nBIND = '127.0.0.1:2'\n");
    assert_problems(
        &place.check().output().unwrap(),
        &["bind (tenantry.toml): is given both in lower"],
    );
}

#[tokio::test]
async fn logs_contain_no_secrets_at_any_level() {
    let settings = [
        ("SECRET_KEY", SECRET),
        ("OPERATOR_TOKEN", SECRET),
        ("LOG_LEVEL", "trace"),
        ("SIGNUP", "operator"),
    ];
    let mut server = Server::start_with(&settings);
    let request = server.client().get(server.url("/v1/organizations")).bearer_auth(SECRET);
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert!(server.terminate().success());
    let log = server.stderr();
    assert!(!log.is_empty());
    assert!(!log.contains(SECRET), "{log}");
}

/// A directory with settings files.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.directory.path().join(file), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tenantry(self.directory.path());
        command.args(arguments);
        command
    }

    fn check(&self) -> Command {
        self.command(&["config", "check"])
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn expect(&self, setting: &str, value: &str, source: &str) {
        assert_eq!(shown(&self.check().output().unwrap(), setting), [value, source]);
    }
}

/// Value and source of `setting` in the output of `config check`.
fn shown(output: &Output, setting: &str) -> [String; 2] {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let line = text.lines().find(|line| line.starts_with(&format!("{setting} "))).unwrap();
    let mut columns = line.split("  ").map(str::trim).filter(|column| !column.is_empty()).skip(1);
    [columns.next().unwrap().to_owned(), columns.next().unwrap().to_owned()]
}

/// Expects a failure with exactly these problems, one per line.
fn assert_problems(output: &Output, expected: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.lines().count(), expected.len(), "{text}");
    for (line, expected) in text.lines().zip(expected) {
        let problem = line.strip_prefix("tenantry: ").unwrap();
        assert!(problem.starts_with(expected), "{problem}\nis not\n{expected}");
    }
}

fn assert_silent_about_the_secret(output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(text);
        assert!(!text.contains(SECRET), "{text}");
    }
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
