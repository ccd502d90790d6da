//! Memory use of hostile requests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::api::Api;
use crate::support::{Server, peak_mib};

const KIB: usize = 1024;
/// Memory of buffers, allocator and stacks beside the request, in MiB.
const SLACK: usize = 64;

/// A body of `size` bytes: a name of half that size, and the repeated `element` below it.
fn flood(size: usize, (open, element, close): (&str, &str, &str)) -> String {
    let mut body = format!(r#"{{"{}": {open}{element}"#, "k".repeat(size / 2));
    while body.len() + element.len() + 3 < size {
        body.push(',');
        body.push_str(element);
    }
    body + close + "}"
}

/// Errors whose pointers are as long as half of the request, as many as the other half holds.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_errors_in_one_body_costs_no_memory() {
    let server = Server::start_with(&[("COMPAT", "org,enterprise")]);
    let api = Api::new(&server);
    let created = api.create("Acme", "ada@example.com").await.unwrap();
    let token = api.login("ada@example.com").await.unwrap().text("access_token");
    let documents = format!("/v1/organizations/{}/documents", created.text("id"));
    let before = peak_mib(&server);
    let duplicates = ("{", r#""": 0"#, "}");
    let numbers = ("[", "0.1234567890123456789", "]");
    for (path, token, size, elements, status) in [
        ("/v1/auth/login", "", 256 * KIB, duplicates, 400),
        ("/v1/auth/login", "", 256 * KIB, numbers, 400),
        ("/v1/organizations", "", 256 * KIB, duplicates, 400),
        ("/org/create", "", 256 * KIB, duplicates, 422),
        ("/auth/login", "", 256 * KIB, duplicates, 422),
        (documents.as_str(), token.as_str(), 1024 * KIB, duplicates, 400),
        (documents.as_str(), token.as_str(), 1024 * KIB, numbers, 400),
    ] {
        let request = api.post(path, token).header(CONTENT_TYPE, "application/json");
        let response = api.send(request.body(flood(size, elements))).await.unwrap();
        assert_eq!(response.status, status, "{path}: {}", response.body);
        assert!(response.body.to_string().len() < 128 * KIB, "{path}");
        if status == 400 {
            assert_eq!(response.body["errors"].as_array().map(Vec::len), Some(100), "{path}");
        }
    }
    let grown = peak_mib(&server) - before;
    assert!(grown < SLACK, "{grown} MiB more for bodies of at most 1 MiB");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_errors_in_each_line_of_an_import_costs_no_memory() {
    let server = Server::start();
    let api = Api::new(&server);
    let created = api.create("Acme", "ada@example.com").await.unwrap();
    let token = api.login("ada@example.com").await.unwrap().text("access_token");
    let before = peak_mib(&server);
    let line = flood(256 * KIB, ("{", r#""": 0"#, "}")) + "\n";
    let path = format!("/v1/organizations/{}/documents/import", created.text("id"));
    let request = api.post(&path, &token).header(CONTENT_TYPE, "application/x-ndjson");
    let response = api.send(request.body(line.repeat(16))).await.unwrap();
    assert_eq!((response.status, &response.body["refused"]), (200, &Value::from(16)));
    assert!(response.body.to_string().len() < 32 * KIB);
    let grown = peak_mib(&server) - before;
    assert!(grown < SLACK, "{grown} MiB more for lines of 256 KiB");
}

/// A connection on which the server has responded to the first of many requests.
fn pipeline(address: SocketAddr, later: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    stream.write_all(later).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    stream
}

/// Without a limit, the later ones are parsed while the first waits for the store: 16 large ones,
/// or thousands of small ones.
#[test]
fn pipelined_requests_cost_bounded_memory() {
    const CONNECTIONS: usize = 64;
    let server = Server::start();
    let address = server.address();
    drop(pipeline(address, b""));
    let before = peak_mib(&server);
    for size in [0, 60 * KIB] {
        let value = "x".repeat(size);
        let request = format!("GET /none HTTP/1.1\r\nHost: t\r\nX: {value}\r\n\r\n");
        let later = request.repeat(16.max(120 * KIB / request.len())).into_bytes();
        let clients = (0..CONNECTIONS).map(|_| {
            let later = later.clone();
            thread::spawn(move || pipeline(address, &later))
        });
        let clients: Vec<_> = clients.collect();
        let open: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        drop(open);
        let grown = peak_mib(&server) - before;
        assert!(grown < 32, "{grown} MiB more for {CONNECTIONS} connections with {size}");
    }
}
