//! Fairness under many connections and streams: the load of one organization or network does not
//! affect others.

use std::cell::Cell;
use std::future::pending;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt::Runtime;
use actix_web::rt::task::yield_now;
use api_actix::{AppOptions, LeastRate, ServerOptions, StreamOptions, Streams, Timeouts};
use futures_util::future::join_all;
use futures_util::poll;
use serde_json::{Value, json};
use tokio::net::TcpSocket;

use crate::serving::{options, serving, serving_with};
use crate::support::{Call, Member, Server, call, get, post};

const ASK: &str = "GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n";
/// Timeout of a test for what takes milliseconds, or for the limits below to act.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A connection from the address 127.0.0.`host`, over which `text` was sent.
fn from(host: u8, address: SocketAddr, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, host), 0).into()).unwrap();
    let stream = Runtime::new().unwrap().block_on(socket.connect(address)).unwrap();
    let mut stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    // The server may have closed it.
    let _ = stream.write_all(request.as_bytes());
    stream
}

/// The start of an import whose body never arrives.
fn import(member: &Member) -> String {
    format!(
        "POST {}/documents/import HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n",
        member.path, member.token
    )
}

/// The status of one response; `None` if the connection ends without one.
fn status(stream: &mut TcpStream) -> String {
    let mut response = [0; 4096];
    let read = stream.read(&mut response).unwrap_or(0);
    String::from_utf8_lossy(&response[..read]).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// The bytes received so far; `None` when the connection has ended.
fn received(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let mut response = [0; 4096];
    match stream.read(&mut response) {
        Ok(0) => None,
        Ok(read) => Some(String::from_utf8_lossy(&response[..read]).into_owned()),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Some(String::new())
        }
        Err(_) => None,
    }
}

/// Sends `piece` repeatedly until there is a response, and returns it.
fn send_repeatedly(stream: &mut TcpStream, piece: &str) -> String {
    let begun = Instant::now();
    loop {
        match received(stream) {
            Some(nothing) if nothing.is_empty() => {}
            Some(response) => return response,
            None => return String::new(),
        }
        assert!(begun.elapsed() < TIMEOUT, "the server puts up with it");
        let _ = stream.write_all(piece.as_bytes());
    }
}

/// Repeats a request until the response has this status.
fn wait_for(expected: &str, mut ask: impl FnMut() -> String) {
    let begun = Instant::now();
    loop {
        let response = ask();
        if response == expected {
            return;
        }
        assert!(begun.elapsed() < TIMEOUT, "{response} instead of {expected}");
    }
}

/// Options with these limits of streams, and 24 connections.
fn options_with(streams: StreamOptions) -> ServerOptions {
    let timeouts = Timeouts { linger: Duration::from_millis(100), ..Timeouts::default() };
    let app = AppOptions { streams: Streams::new(streams), ..AppOptions::default() };
    ServerOptions { max_connections: 24, timeouts, app, ..options() }
}

/// Limits under which every client is too slow.
fn strict_rate() -> StreamOptions {
    let window = Duration::from_millis(50);
    let least_rate = LeastRate { bytes: usize::MAX, window };
    StreamOptions { least_rate, ..StreamOptions::default() }
}

#[actix_web::test]
async fn stalled_imports_do_not_block_other_organizations() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    serving_with(&server, options_with(StreamOptions::default()), move |address| {
        let mut stalled: Vec<_> =
            (0..24).map(|n| from(1 + n / 8, address, &import(&ada))).collect();
        let mut refused = 0;
        let begun = Instant::now();
        while refused < 16 {
            let responses: Vec<_> = stalled.iter_mut().filter_map(received).collect();
            refused +=
                responses.iter().filter(|response| response.contains("too_many_streams")).count();
            assert!(begun.elapsed() < TIMEOUT, "{refused} of 24 were refused");
        }
        for host in [9, 10] {
            wait_for("200", || status(&mut from(host, address, ASK)));
        }
        let mut other = from(9, address, &(import(&bob) + "0\r\n\r\n"));
        assert_eq!(status(&mut other), "200", "others have imports of their own");
        // Refused requests end once their clients could read the response.
        wait_for("8", || stalled.iter_mut().filter_map(received).count().to_string());
    })
    .await;
}

#[actix_web::test]
async fn a_slow_import_is_ended_and_frees_its_slot() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let one = StreamOptions { per_organization: 1, ..strict_rate() };
    serving_with(&server, options_with(one), move |address| {
        let line = "10\r\n{\"_id\":\"first\"}\n\r\n";
        let mut slow = from(1, address, &(import(&ada) + line));
        let response = send_repeatedly(&mut slow, "1\r\n \r\n");
        assert!(response.starts_with("HTTP/1.1 408"), "{response}");
        assert!(response.contains("1 KiB per second"), "{response}");
        assert!(
            response.contains("\"inserted\":1"),
            "what came in whole lines is kept: {response}"
        );
        let again = || status(&mut from(1, address, &(import(&ada) + "0\r\n\r\n")));
        wait_for("200", again);
    })
    .await;
}

#[actix_web::test]
async fn a_partial_batch_is_written_after_a_timeout() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let batch = Duration::from_millis(50);
    let options = options_with(StreamOptions { batch, ..StreamOptions::default() });
    serving_with(&server, options, move |address| {
        let lines = "16\r\n{\"_id\":\"a\"}\n{\"_id\":\"b\"\r\n2\r\n}\n\r\n";
        let mut stalled = from(1, address, &(import(&ada) + lines));
        wait_for("2", || {
            let head = format!(
                "GET {}/usage HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\n\r\n",
                ada.path, ada.token
            );
            let mut asking = from(2, address, &head);
            let mut response = [0; 4096];
            let read = asking.read(&mut response).unwrap();
            let text = String::from_utf8_lossy(&response[..read]).into_owned();
            let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
            let usage: Value = serde_json::from_str(body).unwrap_or_default();
            usage["documents"].to_string()
        });
        assert_eq!(received(&mut stalled), Some(String::new()), "it goes on");
        stalled.write_all(b"c\r\n{\"_id\":\"c\"}\n\r\n0\r\n\r\n").unwrap();
        let response = send_repeatedly(&mut stalled, "");
        assert!(response.contains("\"inserted\":3"), "{response}");
    })
    .await;
}

#[actix_web::test]
async fn each_address_has_its_own_share_of_connections() {
    serving(ServerOptions { max_connections: 40, ..options() }, |address| {
        let mut greedy: Vec<_> = (0..39).map(|_| from(1, address, ASK)).collect();
        let served = greedy.iter_mut().map(status).filter(|status| status == "200").count();
        assert_eq!(served, 10);
        assert_eq!(status(&mut from(2, address, ASK)), "200");
        drop(greedy);
        wait_for("200", || status(&mut from(1, address, ASK)));
    })
    .await;
}

#[actix_web::test]
async fn idle_connections_end_sooner_under_load() {
    let crowded = Duration::from_millis(100);
    let timeouts = Timeouts { crowded, ..Timeouts::default() };
    serving(ServerOptions { max_connections: 20, timeouts, ..options() }, |address| {
        let mut idle = Vec::new();
        for n in 0..16 {
            let mut stream = from(1 + n % 4, address, ASK);
            // The first connections may have ended before the last one is open.
            if status(&mut stream) == "200" {
                idle.push(stream);
            }
        }
        let begun = Instant::now();
        while idle.iter_mut().filter_map(received).count() == idle.len() {
            assert!(begun.elapsed() < TIMEOUT, "all are kept");
        }
        assert!(TIMEOUT < Timeouts::default().keep_alive);
    })
    .await;
}

/// The result of `meanwhile`, while `calls` have sent half of their bodies and stall.
async fn stalled<T>(server: &Server, calls: Vec<Call>, meanwhile: impl Future<Output = T>) -> T {
    let (all, read) = (calls.len(), Rc::new(Cell::new(0)));
    let stall = |call| {
        let read = read.clone();
        let between = async move {
            read.set(read.get() + 1);
            pending::<()>().await;
        };
        server.send_in_halves(call, Box::pin(between))
    };
    let mut calls = pin!(join_all(calls.into_iter().map(stall)));
    while read.get() < all {
        assert!(poll!(calls.as_mut()).is_pending());
        yield_now().await;
    }
    meanwhile.await
}

/// A document of which the server reads half.
fn put(member: &Member, id: usize, bytes: usize) -> Call {
    let call = call("PUT", &format!("{}/documents/{id}", member.path)).token(&member.token);
    call.header("Content-Type", "application/json").body(vec![b' '; 2 * bytes])
}

fn lines(member: &Member, body: String) -> Call {
    let call = post(&format!("{}/documents/import", member.path)).token(&member.token);
    call.header("Content-Type", "application/x-ndjson").body(body)
}

#[actix_web::test]
async fn stalled_bodies_leave_memory_for_others() {
    let server = Server::new().await;
    let ada = server.member("Victim", "ada@example.com").await;
    let mut members = Vec::new();
    for number in 0..16 {
        let email = format!("{number}@example.com");
        members.push(server.member(&format!("Many {number}"), &email).await);
    }
    let length = |call: Call| call.header("Content-Length", "1048576");
    let puts = |member| (0..16).map(move |id| length(put(member, id, 66_000)));
    let imports = |member| (0..8).map(move |_| lines(member, "\n".repeat(6000)));
    let puts: Vec<_> = members.iter().flat_map(puts).collect();
    let imports: Vec<_> = members.iter().flat_map(imports).collect();
    let path = format!("{}/documents/x", ada.path);
    let large = json!({"text": "x".repeat(100_000)});
    for (calls, status) in [(puts, 201), (imports, 200)] {
        let pass = async {
            let put = server.send(call("PUT", &path).token(&ada.token).json(&large)).await;
            (put, server.send(get(&path).token(&ada.token)).await)
        };
        let (put, get) = stalled(&server, calls, pass).await;
        assert_eq!(put.status, status, "{}", put.text());
        assert_eq!(get.json()["text"], large["text"]);
    }
}

#[actix_web::test]
async fn an_import_short_of_memory_writes_smaller_batches() {
    const MIB: usize = 1024 * 1024;
    let server = Server::with_documents_of(16 * MIB).await;
    let ada = server.member("Acme", "ada@example.com").await;
    // The whole share of the organization.
    let puts = (0..4).map(|id| put(&ada, id, 8 * MIB)).collect();
    let line = json!({"text": "x".repeat(1000)}).to_string() + "\n";
    let import = lines(&ada, line.repeat(1000)).header("Accept", "application/x-ndjson");
    let response = stalled(&server, puts, server.send(import)).await;
    assert_eq!(response.status, 200);
    let last: Vec<Value> =
        response.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(last[last.len() - 1]["inserted"], 1000, "{last:?}");
    assert_eq!(last.len(), 17, "64 KiB each");
}
