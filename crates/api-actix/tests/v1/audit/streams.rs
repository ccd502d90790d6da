//! Streaming of exports over a real connection.

use std::error::Error as StdError;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use actix_web::test::{TestRequest, call_service, init_service, try_read_body};
use actix_web::web::Data;
use api_actix::{AppOptions, LeastRate, Routes, ServerOptions, StreamOptions, Streams, Timeouts};
use async_trait::async_trait;
use domain::model::{
    AuditEvent, ChainHead, EventFilter, EventHash, LoggedEvent, Page, PageSize, Seq, StoredEvent,
    Trail,
};
use domain::ports::{AuditLog, Ports, StoreError};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::log::Log;
use crate::serving::{options, serving_with};
use crate::store::ports;
use crate::support::{OPERATOR, Server};

/// Timeout of a test for what takes seconds.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The end of a chunked response (RFC 9112, section 7.1).
const END: &[u8] = b"\r\n0\r\n\r\n";

/// A log whose events form no chain, so that the server refuses to sign them; only the transfer is
/// under test.
#[derive(Clone, Copy)]
struct LongTrail {
    /// Number of events.
    events: u64,
    /// Number of events that can be read before the store fails.
    good: u64,
    /// Size of an event in bytes.
    size: usize,
    /// Time to read a page.
    pause: Duration,
}

impl LongTrail {
    const FEW: Self = Self { events: 1000, good: u64::MAX, size: 10, pause: Duration::ZERO };

    async fn server(self) -> Server {
        let clock = Arc::new(SettableClock::default());
        let ports = Ports { audit: Arc::new(self), ..ports(&clock).await };
        Server::over(ports, clock, Signup::Open).await
    }
}

#[async_trait]
impl AuditLog for LongTrail {
    async fn append(&self, _: &[AuditEvent]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn flush_outbox(&self, _: Option<&Trail>) -> Result<(), StoreError> {
        Ok(())
    }

    async fn head(&self, trail: &Trail) -> Result<Option<ChainHead>, StoreError> {
        let (seq, hash) = (Seq::new(self.events), EventHash::START);
        Ok(Some(ChainHead { trail: trail.clone(), seq, hash }))
    }

    async fn list(
        &self,
        _: &Trail,
        _: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError> {
        sleep(self.pause).await;
        if after.get() >= self.good {
            return Err(StoreError::unavailable("injected by the test"));
        }
        let last = self.events.min(after.get() + size.get() as u64);
        let event = |seq| {
            let members = json!({"seq": seq, "changes": "x".repeat(self.size)});
            let event = LoggedEvent::new(members.as_object().unwrap().clone());
            StoredEvent { seq: Seq::new(seq), event }
        };
        Ok(Page { items: (after.get() + 1..=last).map(event).collect(), more: last < self.events })
    }

    async fn heads(&self, _: Option<&Trail>, _: PageSize) -> Result<Page<ChainHead>, StoreError> {
        Ok(Page { items: Vec::new(), more: false })
    }

    async fn truncate(&self, _: &Trail, _: Seq) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Short timeouts.
fn short_timeouts() -> ServerOptions {
    let (head, keep_alive) = (Duration::from_millis(500), Duration::from_millis(1000));
    ServerOptions { timeouts: Timeouts { head, keep_alive, ..Timeouts::default() }, ..options() }
}

fn send_request(address: SocketAddr, method: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    let head = format!(
        "{method} /v1/audit-events/export HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {OPERATOR}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Reads until the end of the response or of the connection.
fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let (mut received, mut part) = (Vec::new(), [0; 65536]);
    while !received.ends_with(END) {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => received.extend_from_slice(&part[..read]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
    received
}

fn lines(response: &[u8]) -> usize {
    String::from_utf8_lossy(response).matches("\"seq\":").count()
}

#[actix_web::test]
async fn a_slow_export_outlasts_the_connection_timeouts() {
    let slow = LongTrail { pause: Duration::from_millis(300), ..LongTrail::FEW };
    let bounds = short_timeouts();
    let times = bounds.timeouts.head + bounds.timeouts.keep_alive;
    assert!(slow.pause * 10 > times, "it takes longer than a connection may wait");
    serving_with(&slow.server().await, bounds, |address| {
        let mut stream = send_request(address, "GET");
        let response = read_to_end(&mut stream);
        assert!(response.ends_with(END), "{} events", lines(&response));
        assert_eq!(lines(&response), 1000);
        // The connection can be reused.
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut next = [0; 12];
        stream.read_exact(&mut next).unwrap();
        assert_eq!(&next, b"HTTP/1.1 200");
    })
    .await;
}

#[actix_web::test]
async fn an_export_that_no_client_reads_is_ended() {
    let endless = LongTrail { events: u64::MAX / 2, size: 10_000, ..LongTrail::FEW };
    let one = ServerOptions { max_connections: 1, ..short_timeouts() };
    serving_with(&endless.server().await, one, |address| {
        let greedy = send_request(address, "GET");
        // The only connection slot is free only after the other connection has ended.
        let mut other = send_request(address, "HEAD");
        let mut response = [0; 12];
        other.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 200");
        drop(greedy);
    })
    .await;
}

#[actix_web::test]
async fn an_export_that_is_read_too_slowly_is_ended() {
    let endless = LongTrail { events: u64::MAX / 2, size: 10_000, ..LongTrail::FEW };
    let least_rate = LeastRate { bytes: usize::MAX, window: Duration::from_millis(50) };
    let streams = Streams::new(StreamOptions { least_rate, ..StreamOptions::default() });
    let app = AppOptions { streams, ..AppOptions::default() };
    serving_with(&endless.server().await, ServerOptions { app, ..options() }, |address| {
        let response = read_to_end(&mut send_request(address, "GET"));
        assert!(response.starts_with(b"HTTP/1.1 200"));
        assert!(!response.ends_with(END));
    })
    .await;
}

#[actix_web::test]
async fn a_failed_export_has_no_terminator() {
    let broken = LongTrail { good: 200, ..LongTrail::FEW };
    serving_with(&broken.server().await, options(), |address| {
        let response = read_to_end(&mut send_request(address, "GET"));
        assert!(response.starts_with(b"HTTP/1.1 200"));
        assert!(lines(&response) <= 200, "{}", lines(&response));
        assert!(!response.ends_with(END));
    })
    .await;
}

#[actix_web::test]
async fn the_cause_of_a_failed_export_is_logged_with_its_request_id() {
    let broken = LongTrail { good: 200, ..LongTrail::FEW }.server().await;
    let (services, metrics) = (Data::new(broken.services), Data::new(broken.metrics));
    let app = api_actix::app(Routes::All, services, metrics, AppOptions::default());
    let app = init_service(app).await;
    let request =
        TestRequest::get().uri("/v1/audit-events/export").insert_header(("X-Request-Id", "big"));
    let request = request.insert_header(("Authorization", format!("Bearer {OPERATOR}")));
    let (log, guard) = Log::start();
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), 200);
    let cause: Box<dyn StdError> = try_read_body(response).await.unwrap_err().into();
    drop(guard);

    assert!(!cause.to_string().contains("injected"), "the cause is for the log: {cause}");
    let failures: Vec<_> = log
        .lines()
        .into_iter()
        .filter(|line| line["level"] == "ERROR")
        .filter(|line| !line.to_string().contains("refused to sign"))
        .collect();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["span"]["request_id"], "big");
    assert!(failures[0].to_string().contains("injected by the test"), "{}", failures[0]);
}

#[actix_web::test]
async fn head_requests_do_not_wait_for_the_trail() {
    let endless = LongTrail { events: u64::MAX / 2, size: 10_000, ..LongTrail::FEW };
    serving_with(&endless.server().await, options(), |address| {
        let mut stream = send_request(address, "HEAD");
        let mut response = vec![0; 4096];
        let read = stream.read(&mut response).unwrap();
        let response = String::from_utf8_lossy(&response[..read]).to_lowercase();
        assert!(response.contains("content-type: application/x-ndjson\r\n"), "{response}");
        assert!(response.ends_with("\r\n\r\n"), "{response}");
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut next = [0; 12];
        stream.read_exact(&mut next).unwrap();
        assert_eq!(&next, b"HTTP/1.1 200");
    })
    .await;
}

/// The status of the response to a request without a body.
fn status(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = [0; 12];
    stream.read_exact(&mut response).unwrap();
    String::from_utf8_lossy(&response[9..]).into_owned()
}

#[actix_web::test]
async fn a_verification_holds_an_export_slot_until_its_client_disconnects() {
    let endless = LongTrail { pause: Duration::from_secs(3600), ..LongTrail::FEW };
    let server = endless.server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let streams = StreamOptions { per_organization: 1, ..StreamOptions::default() };
    let app = AppOptions { streams: Streams::new(streams), ..AppOptions::default() };
    serving_with(&server, ServerOptions { app, ..options() }, move |address| {
        let (path, token) = (&ada.path, &ada.token);
        let rest = format!("HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}\r\n");
        let verify = format!("GET {path}/audit-events/verify {rest}\r\n");
        let import = format!(
            "POST {path}/documents/import {rest}Content-Type: application/x-ndjson\r\nContent-Length: 0\r\n\r\n"
        );
        let until = |expected: &str| {
            let deadline = Instant::now() + TIMEOUT;
            while status(address, &import) != expected {
                assert!(Instant::now() < deadline, "no import was answered {expected}");
            }
        };
        let mut client = TcpStream::connect(address).unwrap();
        client.write_all(verify.as_bytes()).unwrap();
        until("429");
        assert_eq!(status(address, &verify), "429");
        drop(client);
        until("200");
    })
    .await;
}
