//! Clients that hold connections, against the production limits.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustls::version::TLS13;

use crate::support::{Server, peak_mib};
use crate::tls::pair::{Connection, Pair};

/// Far less than the 10 seconds after which slow clients are disconnected.
const AT_ONCE: Duration = Duration::from_secs(3);

fn ask(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(AT_ONCE)).unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut response = [0; 12];
    stream.read_exact(&mut response).unwrap();
    String::from_utf8_lossy(&response).into_owned()
}

#[test]
fn a_thousand_slow_heads_do_not_delay_other_clients() {
    // They come from one address, which has a quarter of the connections.
    let server = Server::start_with(&[("MAX_CONNECTIONS", "10000")]);
    let mut slow: Vec<_> =
        (0..1000).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for byte in b"GET / HTTP/1.1\r\nX-Slow: 1" {
        for stream in &mut slow {
            // Excess connections are closed.
            let _ = stream.write_all(&[*byte]);
        }
        assert_eq!(ask(server.address()), "HTTP/1.1 200");
    }
}

/// More than the default number of concurrent handshakes of the protocol layer.
#[test]
fn silent_clients_do_not_block_tls_handshakes() {
    let pair = Pair::new();
    let [certificate, key] = pair.settings();
    let server = Server::start_with(&[certificate, key, ("WORKERS", "1")]);
    let silent: Vec<_> = (0..300).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    let asked = Instant::now();
    let mut connection = Connection::open(server.address(), &pair, &[&TLS13]).unwrap();
    assert!(connection.ask("/health/live").starts_with("HTTP/1.1 200 "));
    assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    drop(silent);
}

#[test]
fn endless_heads_are_refused_and_cost_no_memory() {
    let server = Server::start();
    assert_eq!(ask(server.address()), "HTTP/1.1 200");
    let before = peak_mib(&server);
    for _ in 0..32 {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: test\r\nX: ").unwrap();
        let chunk = [b'x'; 64 * 1024];
        // 16 MiB, or as much as the server reads.
        let heard = (0..256).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(heard < 256, "the server took it all");
    }
    let grown = peak_mib(&server) - before;
    assert!(grown < 32, "{grown} MiB more for 512 MiB");
    assert_eq!(ask(server.address()), "HTTP/1.1 200");
}

#[test]
fn a_full_server_serves_open_connections_and_then_the_next() {
    let server = Server::start_with(&[("MAX_CONNECTIONS", "8"), ("WORKERS", "2")]);
    let mut held: Vec<_> = (0..8).map(|_| TcpStream::connect(server.address()).unwrap()).collect();
    for stream in &mut held {
        stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        stream.set_read_timeout(Some(AT_ONCE)).unwrap();
        let mut response = [0; 4096];
        assert_ne!(stream.read(&mut response).unwrap(), 0);
        assert!(response.starts_with(b"HTTP/1.1 200"));
    }
    let mut waiting = TcpStream::connect(server.address()).unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    waiting.write_all(b"GET /health/live HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut response = [0; 12];
    assert!(waiting.read_exact(&mut response).is_err(), "there is no room");
    drop(held);
    waiting.set_read_timeout(Some(AT_ONCE)).unwrap();
    waiting.read_exact(&mut response).unwrap();
    assert_eq!(&response, b"HTTP/1.1 200");
}
