//! The command line.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::thread;

use crate::support::{Server, tenantry};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn help_shows_every_setting_and_an_example_of_each_command() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    for expected in [
        "tenantry serve --",
        "tenantry config check",
        "tenantry openapi",
        "tenantry healthcheck",
        "tenantry doctor --repair",
        "tenantry adopt --from",
        "tenantry keys list",
        "tenantry keys rotate",
        "tenantry keys rotate --revoke",
        "tenantry audit key",
        "tenantry audit export --organization",
        "tenantry audit verify",
        "tenantry --version",
        "--data-dir <VALUE>",
        "--secret-key-file <FILE>",
        "[default: 127.0.0.1:8000]",
        "[default: number of cores]",
    ] {
        assert!(help.contains(expected), "{expected} is missing in\n{help}");
    }
}

#[test]
fn the_help_of_a_command_about_audit_trails_has_an_example() {
    for command in ["verify", "export", "key"] {
        let help = stdout(&run(&["audit", command, "--help"]));
        assert!(help.contains(&format!("\n  tenantry audit {command}")), "{help}");
    }
}

#[test]
fn version_prints_the_package_version() {
    let output = run(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stdout(&output), concat!("tenantry ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn wrong_usage_exits_with_2_and_an_explanation() {
    for (arguments, named) in [
        (&["--colour", "red"][..], "--colour"),
        (&["launch"], "launch"),
        (&["config"], "check"),
        (&["config", "chekc"], "chekc"),
        (&["serve", "--bind"], "--bind"),
        (&["--bind", "127.0.0.1:1", "--bind", "127.0.0.1:2"], "--bind"),
        (&["openapi", "now"], "now"),
        (&["doctor", "--mend"], "--mend"),
        (&["serve", "--repair"], "--repair"),
        (&["adopt", "--database", "x", "--layout", "org"], "--from"),
        (&["adopt", "--from", "http://x", "--database", "x", "--layout", "org"], "mongodb://"),
        (&["adopt", "--from", "mongodb://x", "--database", "a b", "--layout", "org"], "spaces"),
        (&["adopt", "--from", "mongodb://x", "--database", "x", "--layout", "flat"], "enterprise"),
        (&["adopt", "--from", "mongodb://x", "--database", "x"], "--layout"),
        (&["adopt", "--from-file", "none", "--database", "x", "--layout", "org"], "--from-file"),
        (&["keys"], "rotate"),
        (&["keys", "list", "--revoke"], "--revoke"),
        (&["audit"], "verify"),
        (&["audit", "verify"], "--public-key"),
        (&["audit", "verify", "-"], "--public-key"),
        (&["audit", "verify", "--public-key", "key.pem"], "<FILE>"),
        (&["audit", "export"], "--installation"),
        (&["audit", "export", "--organization", "a/b"], "a/b"),
        (&["audit", "export", "--organization", "a", "--installation"], "--installation"),
        (&["audit", "key", "--out", "key.pem"], "--out"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(stderr(&output).contains(named), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn openapi_prints_the_document() {
    let output = run(&["openapi"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn openapi_has_the_mounted_dialects() {
    let paths = |compat: &str| {
        let output = run(&["openapi", "--compat", compat]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let paths = ["/v1/organizations", "/org/get", "/organizations/", "/health"];
        paths.map(|path| document["paths"].get(path).is_some())
    };
    assert_eq!(paths("org,enterprise"), [true, true, true, true]);
    assert_eq!(paths("org-envelope"), [true, true, false, true]);
    assert_eq!(paths("enterprise"), [true, false, true, true]);
    assert_eq!(paths("none"), [true, false, false, false]);
}

#[test]
fn openapi_needs_no_valid_configuration() {
    let directory = TempDir::new().unwrap();
    let output =
        tenantry(directory.path()).arg("openapi").env("LOG_LEVEL", "loud").output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn serve_prints_its_addresses() {
    let lines = announced("text", 5);
    assert_eq!(lines[0], concat!("Tenantry ", env!("CARGO_PKG_VERSION")));
    let api = lines[1].strip_prefix("API      ").unwrap();
    assert!(api.starts_with("http://127.0.0.1:") && !api.ends_with(":0"), "{api}");
    assert_eq!(lines[2], format!("Docs     {api}/docs"));
    assert_eq!(lines[3], format!("Metrics  {api}/metrics"));
    assert_eq!(lines[4], "Data     ./data (embedded store)");
}

#[test]
fn serve_prints_one_json_line_with_log_format_json() {
    let line: Value = serde_json::from_str(&announced("json", 1)[0]).unwrap();
    let api = line["api"].as_str().unwrap();
    assert!(api.starts_with("http://127.0.0.1:") && !api.ends_with(":0"), "{api}");
    assert_eq!(line["docs"], format!("{api}/docs"));
    assert_eq!(line["metrics"], format!("{api}/metrics"));
    assert_eq!(line["data"], "./data (embedded store)");
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn healthcheck_succeeds_when_ready_and_fails_when_stopped() {
    let mut server = Server::start();
    let bind = server.url("").replace("http://", "");
    let everywhere = bind.replace("127.0.0.1", "0.0.0.0");
    for bind in [&bind, &everywhere] {
        let output = run(&["healthcheck", "--bind", bind]);
        assert_eq!(output.status.code(), Some(0), "{bind}: {}", stderr(&output));
    }

    server.kill9();
    let output = run(&["healthcheck", "--bind", &bind]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1);
    assert!(stderr(&output).contains(&bind), "{}", stderr(&output));
}

#[test]
fn healthcheck_fails_when_the_server_is_not_ready() {
    let output = healthcheck_answered("HTTP/1.1 503 Service Unavailable\r\n\r\n");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("503"), "{}", stderr(&output));
}

#[test]
fn healthcheck_fails_when_the_server_disconnects() {
    let output = healthcheck_answered("");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no response"), "{}", stderr(&output));
}

#[test]
fn healthcheck_requires_a_fixed_port() {
    let output = run(&["healthcheck", "--bind", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("port 0"), "{}", stderr(&output));
}

/// Runs `healthcheck` against a server with this response.
fn healthcheck_answered(response: &'static str) -> Output {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(response.as_bytes()).unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let output = run(&["healthcheck", "--bind", &bind]);
    assert!(server.join().unwrap().starts_with("GET /health/ready HTTP/1.1\r\n"));
    output
}

/// The first lines of a server that listens on all addresses.
fn announced(format: &str, lines: usize) -> Vec<String> {
    let directory = TempDir::new().unwrap();
    let mut server = tenantry(directory.path())
        .args(["--bind", "0.0.0.0:0", "--log-level", "off", "--log-format", format])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(server.stdout.take().unwrap());
    let lines = output.lines().take(lines).map(Result::unwrap).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    lines
}

fn run(arguments: &[&str]) -> Output {
    let directory = TempDir::new().unwrap();
    tenantry(directory.path()).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
