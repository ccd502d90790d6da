//! Unmodified Python clients: written for the reference services, and generated from the OpenAPI
//! documents in the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::Server;

const OPERATOR: &str = "operator-token-of-the-clients-0123456789";
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
const REQUIREMENTS: &str = include_str!("../../clients/requirements.txt");

/// The mounted dialects, and the document that describes them.
const PLAIN: (&str, &str) = ("org,enterprise", "openapi.json");
const ENVELOPE: (&str, &str) = ("org-envelope,enterprise", "openapi-org-envelope.json");

/// Operations that the generator omits, because it does not support NDJSON.
const UNSUPPORTED: [&str; 4] = [
    "GET /v1/audit-events/export",
    "GET /v1/organizations/{organization_id}/audit-events/export",
    "GET /v1/organizations/{organization_id}/documents/export",
    "POST /v1/organizations/{organization_id}/documents/import",
];

macro_rules! client_tests {
    ($($name:ident: $test:ident($place:ident, $program:literal),)*) => {
        $(
            #[test]
            fn $name() {
                $test($place, $program);
            }
        )*
    };
}

client_tests! {
    a_client_of_dialect_org_works: written(PLAIN, "org_client.py"),
    a_client_of_dialect_org_envelope_works: written(ENVELOPE, "org_envelope_client.py"),
    a_client_of_dialect_enterprise_works: written(PLAIN, "enterprise_client.py"),
    a_client_of_dialect_enterprise_works_beside_envelopes: written(ENVELOPE, "enterprise_client.py"),
    a_client_of_version_1_works: written(PLAIN, "v1_client.py"),
    a_generated_client_of_dialect_org_works: generated(PLAIN, "generated_org.py"),
    a_generated_client_of_dialect_org_envelope_works: generated(ENVELOPE, "generated_org_envelope.py"),
    a_generated_client_of_dialect_enterprise_works: generated(PLAIN, "generated_enterprise.py"),
    a_generated_client_of_version_1_works: generated(PLAIN, "generated_v1.py"),
}

fn written((compat, _): (&str, &str), program: &str) {
    run_client(compat, program, &packages());
}

/// Generates the client, and runs the program with it.
fn generated((compat, document): (&str, &str), program: &str) {
    let (packages, created) = (packages(), TempDir::new().unwrap());
    let mut generator =
        python(&packages, &["-m", "openapi_python_client", "generate", "--meta", "none"]);
    generator.arg("--path").arg(format!("{ROOT}/openapi/{document}"));
    generator.arg("--config").arg(format!("{CLIENTS}/generator.yml"));
    generator.arg("--output-path").arg(created.path().join("tenantry_client"));
    let output = generator.output().unwrap();
    let printed = succeeded(&output);
    assert!(!printed.contains("Unable to parse"), "{printed}");
    let warnings = printed.lines().filter_map(|line| line.strip_prefix("WARNING parsing "));
    let mut left_out: Vec<&str> =
        warnings.map(|line| line.split(" within ").next().unwrap()).collect();
    left_out.sort_unstable();
    assert_eq!(left_out, UNSUPPORTED, "{printed}");
    let both = format!("{}:{}", packages.display(), created.path().display());
    run_client(compat, program, Path::new(&both));
}

/// Runs the program against a server.
fn run_client(compat: &str, program: &str, packages: &Path) {
    let server = Server::start_with(&[("COMPAT", compat), ("OPERATOR_TOKEN", OPERATOR)]);
    let program = format!("{CLIENTS}/{program}");
    let mut client = python(packages, &[&program, &server.url("")]);
    succeeded(&client.env("OPERATOR_TOKEN", OPERATOR).output().unwrap());
}

fn python(packages: &Path, arguments: &[&str]) -> Command {
    let mut python = Command::new("python3");
    // Without a proxy for the loopback interface.
    python
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1");
    python.env("NO_COLOR", "1").args(arguments);
    python
}

fn succeeded(output: &Output) -> String {
    let printed = [&output.stdout[..], &output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(output.status.success(), "{printed}");
    printed
}

/// The packages that `cargo xtask test` installs.
fn packages() -> PathBuf {
    let packages = Path::new(ROOT).join("target/clients/packages");
    let installed = fs::read_to_string(packages.join("installed.txt")).unwrap_or_default();
    assert!(
        installed == REQUIREMENTS,
        "the clients in Python need their packages: run `cargo xtask clients`"
    );
    packages
}
