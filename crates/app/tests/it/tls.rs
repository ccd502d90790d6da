//! TLS connections of the server.

pub(crate) mod pair;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use rustls::version::{TLS12, TLS13};

use self::pair::{Connection, Pair};
use crate::support::{Server, tenantry};

/// Timeout of a test for what takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(20);

#[test]
fn https_is_served_with_tls_1_2_and_1_3() {
    let pair = Pair::new();
    let server = Server::start_with(&pair.settings());
    assert!(server.url("").starts_with("https://"), "{}", server.url(""));
    assert_eq!(server.metrics_url(), server.url("/metrics"));
    for version in [&TLS12, &TLS13] {
        let mut connection = Connection::open(server.address(), &pair, &[version]).unwrap();
        let response = connection.ask("/health/live");
        assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
        assert!(response.contains("strict-transport-security: max-age=31536000\r\n"), "{response}");
        assert_eq!(connection.protocol().as_deref(), Some("http/1.1"));
    }
}

#[test]
fn older_tls_versions_are_refused() {
    let pair = Pair::new();
    let server = Server::start_with(&pair.settings());
    assert_eq!(answer_to(&server, 3)[0], HANDSHAKE, "TLS 1.2 is taken");
    for minor in 0..3 {
        let response = answer_to(&server, minor);
        assert_eq!(response[0], ALERT, "{response:?}");
        assert_eq!(response[5..], [FATAL, PROTOCOL_VERSION], "version 3.{minor}");
    }
}

#[test]
fn plain_http_is_refused_on_the_tls_port() {
    let pair = Pair::new();
    let server = Server::start_with(&pair.settings());
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut response = Vec::new();
    // A reset connection is accepted, too.
    let _ = stream.read_to_end(&mut response);
    assert!(response.is_empty() || (response[0] == 0x15 && response.len() == 7), "{response:?}");
}

#[test]
fn a_certificate_is_reloaded_without_closing_connections() {
    let (mut pair, old) = (Pair::new(), Pair::new());
    pair.copy(&old);
    let server = Server::start_with(&pair.settings());
    let mut kept = Connection::open(server.address(), &old, &[&TLS13]).unwrap();
    assert!(kept.ask("/health/live").starts_with("HTTP/1.1 200 "));

    pair.renew();
    assert!(Connection::open(server.address(), &pair, &[&TLS13]).is_err(), "it was not reloaded");
    server.ask_to_reload();
    let start = Instant::now();
    while Connection::open(server.address(), &pair, &[&TLS13]).is_err() {
        assert!(start.elapsed() < TIMEOUT, "{}", server.stderr());
    }
    assert!(Connection::open(server.address(), &old, &[&TLS13]).is_err(), "it is gone");
    assert!(kept.ask("/health/live").starts_with("HTTP/1.1 200 "), "old connections go on");
}

#[test]
fn an_invalid_certificate_does_not_replace_a_valid_one() {
    let pair = Pair::new();
    let mut server = Server::start_with(&pair.settings());
    for (spoiled, (breaks, complaint)) in BROKEN.iter().enumerate() {
        let used = Pair::new();
        used.copy(&pair);
        breaks(&pair);
        server.ask_to_reload();
        let start = Instant::now();
        while server.stderr().matches("certificate reload failed, keeping the current one").count()
            <= spoiled
        {
            assert!(start.elapsed() < TIMEOUT, "{}", server.stderr());
            thread::yield_now();
        }
        assert!(server.stderr().contains(complaint), "{complaint}: {}", server.stderr());
        let mut connection = Connection::open(server.address(), &used, &[&TLS13]).unwrap();
        assert!(connection.ask("/health/live").starts_with("HTTP/1.1 200 "));
        pair.copy(&used);
    }
    assert!(server.terminate().success());
    assert!(!server.stderr().contains("PRIVATE"), "{}", server.stderr());
}

#[test]
fn an_invalid_certificate_prevents_the_start_with_one_line() {
    for (breaks, complaint) in BROKEN {
        let pair = Pair::new();
        breaks(&pair);
        let settings = pair.settings().into_iter().chain([("BIND", "127.0.0.1:0")]);
        for command in [&["serve"][..], &["config", "check"]] {
            let place = tempfile::TempDir::new().unwrap();
            let output =
                tenantry(place.path()).envs(settings.clone()).args(command).output().unwrap();
            assert_eq!(output.status.code(), Some(1));
            let line = String::from_utf8(output.stderr).unwrap();
            assert_eq!(line.lines().count(), 1, "{line}");
            assert!(line.starts_with("tenantry: TLS_") && line.contains(complaint), "{line}");
            assert!(!place.path().join("data").exists(), "nothing was started");
        }
    }
}

#[test]
fn healthcheck_works_over_tls() {
    let mut pair = Pair::new();
    let mut server = Server::start_with(&pair.settings());
    let bind = server.address().to_string();
    let check = ["healthcheck", "--bind", &bind];
    assert!(server.run(&check).status.success());
    pair.renew();
    assert!(server.run(&check).status.success(), "not yet loaded is not ill");

    server.kill9();
    let output = server.run(&check);
    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(line.contains(&format!("no response from https://{bind}/health/ready")), "{line}");
}

#[tokio::test]
async fn a_metrics_address_stays_plain_http() {
    let pair = Pair::new();
    let [certificate, key] = pair.settings();
    let server = Server::start_with(&[certificate, key, ("METRICS_BIND", "127.0.0.1:0")]);
    assert!(server.metrics_url().starts_with("http://"), "{}", server.metrics_url());
    let response = server.client().get(server.metrics_url()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key("strict-transport-security"));
}

/// A way to corrupt a pair, and the expected message.
type Spoiled = (fn(&Pair), &'static str);

const BROKEN: [Spoiled; 5] = [
    (|pair| pair.write_key(&Pair::new().key()), "TLS_KEY: "),
    (|pair| pair.write_key("no key"), "TLS_KEY: no private key in "),
    (|pair| pair.write_certificate("no certificate"), "TLS_CERT: no certificate in "),
    (|pair| pair.write_certificate(&pair.certificate()[..200]), "TLS_CERT: no certificate in "),
    (Pair::remove, "TLS_CERT: can't read "),
];

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const FATAL: u8 = 2;
const PROTOCOL_VERSION: u8 = 70;

/// The first bytes from a server whose client offers at most version 3.`minor`: TLS 1.2 is 3.3.
fn answer_to(server: &Server, minor: u8) -> Vec<u8> {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(&client_hello(minor)).unwrap();
    let mut response = vec![0; 1024];
    let read = stream.read(&mut response).unwrap();
    response.truncate(read);
    response
}

/// A ClientHello (RFC 5246, section 7.4.1.2) that is valid except for the version.
fn client_hello(minor: u8) -> Vec<u8> {
    // secp256r1, and ECDSA on it with SHA-256.
    const GROUPS: [u8; 8] = [0, 10, 0, 4, 0, 2, 0, 23];
    const SIGNATURES: [u8; 8] = [0, 13, 0, 4, 0, 2, 4, 3];
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    // No session, ECDHE with ECDSA and AES-128-GCM, no compression.
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    hello.extend([&[0, 16][..], &GROUPS, &SIGNATURES].concat());
    let length = u8::try_from(hello.len()).unwrap();
    [&[HANDSHAKE, 3, minor.min(1), 0, length + 4, 1, 0, 0, length][..], &hello].concat()
}
