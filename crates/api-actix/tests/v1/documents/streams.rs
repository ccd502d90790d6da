//! Streaming of imports and exports over a real connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use api_actix::{ServerOptions, Timeouts};
use serde_json::{Value, json};

use crate::serving::{options, serving_with};
use crate::support::{Member, OPERATOR, Server};

/// Timeout of a test for what takes milliseconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The end of a chunked body (RFC 9112, section 7.1).
const END: &str = "0\r\n\r\n";

/// A client with a request in progress.
struct Client(TcpStream);

impl Client {
    /// Sends the head of a request with these headers.
    fn new(address: SocketAddr, token: &str, request: &str, headers: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }

    fn import(address: SocketAddr, member: &Member, accept: &str) -> Self {
        let headers = format!(
            "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nAccept: {accept}\r\n"
        );
        let request = format!("POST {}/documents/import?mode=skip", member.path);
        Self::new(address, &member.token, &request, &headers)
    }

    /// Sends a part of the body.
    fn send(&mut self, piece: &str) {
        self.0.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).unwrap();
    }

    fn end(&mut self) {
        self.0.write_all(END.as_bytes()).unwrap();
    }

    /// Reads until `end`, or until the end of the connection.
    fn until(&mut self, end: &str) -> String {
        let (mut came, mut part) = (Vec::new(), [0; 65536]);
        while !came.ends_with(end.as_bytes()) {
            match self.0.read(&mut part) {
                Ok(0) => break,
                Ok(read) => came.extend_from_slice(&part[..read]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) => panic!("{error} after {}", String::from_utf8_lossy(&came)),
            }
        }
        String::from_utf8(came).unwrap()
    }

    /// The next line of the response, which is a chunk of its own.
    fn line(&mut self) -> Value {
        lines(&self.until("}\n\r\n")).pop().unwrap()
    }
}

/// The lines of a response that are JSON.
fn lines(response: &str) -> Vec<Value> {
    response
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(Value::is_object)
        .collect()
}

fn numbered(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| format!("{{\"_id\":\"{number:07}\"}}\n")).collect()
}

fn ask(address: SocketAddr, token: &str, request: &str) -> Value {
    let mut client =
        Client::new(address, token, request, "Content-Length: 0\r\nConnection: close\r\n");
    lines(&client.until("never")).pop().unwrap()
}

/// Repeats a request until `is_there` accepts the response.
fn wait(
    address: SocketAddr,
    token: &str,
    request: &str,
    is_there: impl Fn(&Value) -> bool,
) -> Value {
    let start = Instant::now();
    loop {
        let response = ask(address, token, request);
        if is_there(&response) {
            return response;
        }
        assert!(start.elapsed() < TIMEOUT, "{response}");
    }
}

/// Waits until the organization has this number of documents.
fn wait_for(address: SocketAddr, member: &Member, documents: usize) {
    let request = format!("GET {}/usage", member.path);
    wait(address, &member.token, &request, |usage| usage["documents"] == documents);
}

#[actix_web::test]
async fn import_progress_is_streamed() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        let mut client = Client::import(address, &ada, "application/x-ndjson");
        for batch in 0..3 {
            client.send(&numbered(batch * 1000..(batch + 1) * 1000));
            let line = client.line();
            assert_eq!(
                line["lines"],
                json!({"first": batch * 1000 + 1, "last": (batch + 1) * 1000})
            );
            wait_for(address, &ada, (batch + 1) * 1000);
        }
        client.send("{\"_id\":\"last\"}");
        client.end();
        let rest = client.until(END);
        assert_eq!(lines(&rest).pop().unwrap()["lines"], 3001, "{rest}");
        assert_eq!(lines(&rest).pop().unwrap()["done"], true);
    })
    .await;
}

#[actix_web::test]
async fn a_client_can_read_the_whole_response_at_the_end() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        let mut client = Client::import(address, &ada, "application/x-ndjson");
        for batch in 0..20 {
            client.send(&numbered(batch * 1000..(batch + 1) * 1000));
        }
        client.end();
        let lines = lines(&client.until(END));
        assert_eq!(lines.len(), 21);
        assert_eq!(lines[20]["inserted"], 20_000);
    })
    .await;
}

#[actix_web::test]
async fn complete_lines_before_a_disconnect_are_written() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        for (accept, first) in [("application/x-ndjson", 0), ("application/json", 1600)] {
            let mut client = Client::import(address, &ada, accept);
            client.send(&numbered(first..first + 1600));
            client.send("{\"_id\":\"cut");
            // Bytes in transit may be lost when a connection ends, as may bytes before an unread
            // response.
            wait_for(address, &ada, first + 1000);
            if accept == "application/x-ndjson" {
                assert_eq!(client.line()["inserted"], 1000);
            }
            drop(client);
            wait_for(address, &ada, first + 1600);
        }
        let request = format!("GET {}/audit-events?action=documents.imported", ada.path);
        let count = |trail: &Value| trail["items"].as_array().unwrap().len();
        let trail = wait(address, OPERATOR, &request, |trail| count(trail) == 4);
        let events = trail["items"].as_array().unwrap().iter();
        let lines: Vec<_> =
            events.map(|event| event["changes"]["import"]["after"]["lines"].clone()).collect();
        let each = [json!([1, 1000]), json!([1001, 1600])];
        assert_eq!(lines, [each.clone(), each].concat());
    })
    .await;
}

#[actix_web::test]
async fn an_aborted_body_is_reported_with_the_progress() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        for accept in ["application/json", "application/x-ndjson"] {
            let mut client = Client::import(address, &ada, accept);
            client.send(&numbered(0..2));
            client.send("{\"_id\":\"cut");
            client.0.shutdown(Shutdown::Write).unwrap();
            let response = client.until(END);
            let count = lines(&response);
            if accept == "application/json" {
                assert!(response.starts_with("HTTP/1.1 400"), "{response}");
                assert_eq!(count[0]["code"], "bad_request");
                assert_eq!(
                    (&count[0]["import"]["lines"], &count[0]["import"]["inserted"]),
                    (&json!(2), &json!(2))
                );
            } else {
                assert!(response.starts_with("HTTP/1.1 200"), "{response}");
                assert_eq!((&count[0]["skipped"], &count[1]["lines"]), (&json!(2), &json!(2)));
                assert_eq!(count[1]["problem"]["code"], "bad_request");
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn an_import_ends_when_its_organization_is_suspended() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        let mut client = Client::import(address, &ada, "application/x-ndjson");
        client.send(&numbered(0..1000));
        assert_eq!(client.line()["inserted"], 1000);
        let suspended = ask(address, OPERATOR, &format!("POST {}/suspend", ada.path));
        assert_eq!(suspended["status"], "suspended");
        client.send(&numbered(1000..2000));
        let last = client.line();
        assert_eq!(
            (&last["problem"]["code"], &last["lines"]),
            (&json!("organization_suspended"), &json!(1000))
        );
        assert_eq!(last.get("uncertain"), None);
    })
    .await;
}

#[actix_web::test]
async fn an_import_may_outlast_the_connection_timeouts() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (head, keep_alive) = (Duration::from_millis(500), Duration::from_millis(500));
    let timeouts = Timeouts { head, keep_alive, ..Timeouts::default() };
    serving_with(&server, ServerOptions { timeouts, ..options() }, move |address| {
        for accept in ["application/json", "application/x-ndjson"] {
            let mut client = Client::import(address, &ada, accept);
            client.send("{\"_id\":\"a\"}\n");
            let mut response = Vec::new();
            client.0.set_read_timeout(Some(Duration::from_millis(2500))).unwrap();
            let error = client.0.read_to_end(&mut response).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "the server has not ended it");
            client.0.set_read_timeout(Some(TIMEOUT)).unwrap();
            client.send("{\"_id\":\"b\"}\n");
            client.end();
            let end = if accept == "application/json" { "}" } else { END };
            response.extend_from_slice(client.until(end).as_bytes());
            let response = String::from_utf8(response).unwrap();
            assert_eq!(lines(&response).pop().unwrap()["lines"], 2, "{response}");
        }
    })
    .await;
}

#[actix_web::test]
async fn an_export_is_cut_when_its_organization_is_suspended() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    serving_with(&server, options(), move |address| {
        let mut client = Client::import(address, &ada, "application/json");
        let text = "x".repeat(10_000);
        for number in 0..2000 {
            client.send(&format!("{{\"_id\":\"{number:04}\",\"text\":\"{text}\"}}\n"));
        }
        client.end();
        assert_eq!(lines(&client.until("}")).pop().unwrap()["inserted"], 2000);

        let request = format!("GET {}/documents/export", ada.path);
        let mut whole = Client::new(address, &ada.token, &request, "");
        assert!(whole.until(&format!("\r\n{END}")).ends_with(END));
        let mut client = Client::new(address, &ada.token, &request, "");
        let mut begin = [0; 12];
        client.0.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200");
        ask(address, OPERATOR, &format!("POST {}/suspend", ada.path));
        let rest = client.until(&format!("\r\n{END}"));
        assert!(!rest.ends_with(END), "{} bytes", rest.len());
    })
    .await;
}
