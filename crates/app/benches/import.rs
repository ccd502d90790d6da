//! Import and export of four million small documents: documents per second, and the memory of the
//! server before, at its peak, and after, on the embedded store with its file.
//!
//! `cargo bench -p app --bench import`

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use api::Api;
use support::Server;

/// More than the cache of the store holds.
const DOCUMENTS: usize = 4_000_000;
/// Number of documents per write to the socket.
const AT_ONCE: usize = 1000;
const EVERY: Duration = Duration::from_millis(100);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let server = Server::start_with(&[("STORE", "embedded")]);
    let api = Api::new(&server);
    api.create("Bench", "bench@example.com").await.unwrap();
    let login = api.login("bench@example.com").await.unwrap();
    let id = login.body["organization"]["id"].as_str().unwrap().to_owned();
    let token = login.text("access_token");
    let request = |line: &str, headers: &str| {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        let head = format!(
            "{line} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    };
    let documents = format!("/v1/organizations/{id}/documents");
    measure("import", server.pid(), || {
        let headers = "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n";
        import(request(&format!("POST {documents}/import"), headers));
    });
    measure("export", server.pid(), || export(request(&format!("GET {documents}/export"), "")));
}

fn import(mut stream: TcpStream) {
    for first in (0..DOCUMENTS).step_by(AT_ONCE) {
        let lines: String = (first..first + AT_ONCE).map(document).collect();
        stream.write_all(format!("{:x}\r\n{lines}\r\n", lines.len()).as_bytes()).unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.contains(&format!("\"inserted\":{DOCUMENTS},")), "{response}");
}

fn document(number: usize) -> String {
    format!(
        "{{\"_id\":\"invoice-{number:07}\",\"total\":{}.5,\"paid\":false,\"lines\":[{{\"sku\":\"anvil\",\"count\":2}}]}}\n",
        number % 1000
    )
}

fn export(mut stream: TcpStream) {
    let (mut part, mut newlines) = (vec![0; 1 << 16], 0);
    loop {
        let read = stream.read(&mut part).unwrap();
        if read == 0 {
            break;
        }
        newlines += part[..read].iter().filter(|byte| **byte == b'\n').count();
    }
    // The head and the chunk sizes have line feeds, too.
    assert!(newlines > DOCUMENTS, "{newlines}");
}

/// Measures `work`: its duration, and the memory of the server.
fn measure(name: &str, pid: u32, work: impl FnOnce()) {
    let before = resident_mib(pid);
    let (over, is_over) = channel::<()>();
    let start = Instant::now();
    let sampler = thread::spawn(move || {
        let mut most = 0;
        while is_over.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
            most = most.max(resident_mib(pid));
        }
        most
    });
    work();
    let took = start.elapsed();
    drop(over);
    let most = sampler.join().unwrap();
    let rate = DOCUMENTS as f64 / took.as_secs_f64();
    println!(
        "{name} of {DOCUMENTS} documents: {rate:>7.0} /s; resident memory {before} MiB before, {most} at most, {} after",
        resident_mib(pid)
    );
}

fn resident_mib(pid: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}
