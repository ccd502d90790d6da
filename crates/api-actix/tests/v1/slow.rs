//! Slow clients.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use api_actix::{ServerOptions, Timeouts};

use crate::serving::{options, serving};

const ASK: &str = "GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n";
/// A request whose response, repeated, exceeds the buffers of a connection.
const ASK_FOR_A_LOT: &str = "GET /assets/redoc-2.5.4.js HTTP/1.1\r\nHost: test\r\n\r\n";
/// Timeout of a test for what takes milliseconds, or for the limits below to act.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest accepted head, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Short timeouts. The clock of the protocol layer is up to half a second late.
fn short_timeouts() -> ServerOptions {
    let (head, keep_alive) = (Duration::from_millis(1000), Duration::from_millis(1500));
    ServerOptions { timeouts: Timeouts { head, keep_alive, ..Timeouts::default() }, ..options() }
}

fn opened(address: SocketAddr, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// The status of one response; empty if there is none within the read timeout.
fn status(stream: &mut TcpStream) -> String {
    let mut response = [0; 4096];
    let read = stream.read(&mut response).unwrap_or(0);
    String::from_utf8_lossy(&response[..read]).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Whether the server has closed the connection; bytes before that are ignored.
fn has_ended(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    match stream.read(&mut [0; 4096]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
    }
}

/// Sends a byte now and then until the server closes the connection, and returns the elapsed time.
fn send_slowly(stream: &mut TcpStream) -> Duration {
    let start = Instant::now();
    while !has_ended(stream) && stream.write_all(b"x").is_ok() {
        assert!(start.elapsed() < TIMEOUT, "the server puts up with it");
    }
    start.elapsed()
}

#[actix_web::test]
async fn slow_clients_do_not_delay_others() {
    serving(short_timeouts(), |address| {
        let mut slow: Vec<_> = (0..300).map(|_| opened(address, "GET / HTTP/1.1\r\nX: ")).collect();
        while !slow.is_empty() {
            slow.retain_mut(|stream| !has_ended(stream) && stream.write_all(b"x").is_ok());
            let asked = Instant::now();
            assert_eq!(status(&mut opened(address, ASK)), "200");
            assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
        }
    })
    .await;
}

#[actix_web::test]
async fn a_later_head_times_out() {
    serving(short_timeouts(), |address| {
        let mut stream = opened(address, ASK);
        assert_eq!(status(&mut stream), "200");
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
        let lasted = send_slowly(&mut stream);
        assert!(lasted < TIMEOUT, "{lasted:?}");
    })
    .await;
}

/// The idle timeout alone would be 85 seconds.
#[actix_web::test]
async fn a_later_head_has_the_same_timeout_as_the_first() {
    let timeouts = Timeouts { head: Duration::from_secs(1), ..Timeouts::default() };
    serving(ServerOptions { timeouts, ..options() }, |address| {
        let mut stream = opened(address, ASK);
        assert_eq!(status(&mut stream), "200");
        stream.write_all(b"GET / HTTP/1.1\r\nX: ").unwrap();
        assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0, "the server ends the connection");
    })
    .await;
}

#[actix_web::test]
async fn an_unread_response_does_not_keep_its_connection() {
    serving(ServerOptions { max_connections: 1, ..short_timeouts() }, |address| {
        let greedy = opened(address, &ASK_FOR_A_LOT.repeat(16));
        // The only connection slot is free only after the other connection has ended.
        assert_eq!(status(&mut opened(address, ASK)), "200");
        drop(greedy);
    })
    .await;
}

#[actix_web::test]
async fn an_active_connection_is_kept() {
    serving(short_timeouts(), |address| {
        let mut stream = opened(address, ASK);
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(3500) {
            assert_eq!(status(&mut stream), "200", "after {:?}", start.elapsed());
            stream.write_all(ASK.as_bytes()).unwrap();
        }
    })
    .await;
}

#[actix_web::test]
async fn the_keep_alive_timeout_exceeds_that_of_proxies() {
    serving(options(), |address| {
        let mut stream = opened(address, ASK);
        assert_eq!(status(&mut stream), "200");
        // The protocol layer's own default is 5 seconds.
        stream.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
        let error = stream.read(&mut [0; 1]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "the server has not ended it");
        stream.write_all(ASK.as_bytes()).unwrap();
        assert_eq!(status(&mut stream), "200");
    })
    .await;
    assert!(Timeouts::default().keep_alive >= Duration::from_secs(75));
}

#[actix_web::test]
async fn an_oversized_head_is_refused_and_the_connection_closed() {
    serving(options(), |address| {
        let start = "GET /health/live HTTP/1.1\r\nHost: test\r\nX: ";
        let mut stream =
            opened(address, &(start.to_owned() + &"x".repeat(MAX_HEAD + 1 - start.len())));
        assert_eq!(status(&mut stream), "431");
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0, "and that is all");

        let many = ASK.replace("\r\n\r\n", &"\r\nX: 1".repeat(97)) + "\r\n\r\n";
        let mut stream = opened(address, &many);
        assert_eq!(status(&mut stream), "431");
        assert_eq!(stream.read(&mut [0; 1]).unwrap_or(0), 0);

        assert_eq!(status(&mut opened(address, ASK)), "200");
    })
    .await;
}

#[actix_web::test]
async fn an_excess_connection_waits_until_another_ends() {
    let few = ServerOptions { workers: 2, max_connections: 3, ..options() };
    serving(few, |address| {
        let mut first: Vec<_> = (0..2).map(|_| opened(address, ASK)).collect();
        for stream in &mut first {
            assert_eq!(status(stream), "200");
        }
        let mut waiting = opened(address, ASK);
        waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert_eq!(status(&mut waiting), "", "two workers have one each");
        for stream in &mut first {
            stream.write_all(ASK.as_bytes()).unwrap();
            assert_eq!(status(stream), "200", "those that are there are served");
        }
        first.pop();
        waiting.set_read_timeout(Some(TIMEOUT)).unwrap();
        assert_eq!(status(&mut waiting), "200");
    })
    .await;
}
