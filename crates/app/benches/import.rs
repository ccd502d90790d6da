//! What an import and an export of a million small documents take: documents per second, and the memory of the server
//! before, at most during, and after, on the embedded store in its file.
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
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use api::Api;
use support::Server;

const DOCUMENTS: usize = 1_000_000;
/// How many documents are sent with one write.
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
    measure("import", &server, || {
        let headers = "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n";
        import(request(&format!("POST {documents}/import"), headers));
    });
    measure("export", &server, || export(request(&format!("GET {documents}/export"), "")));
}

fn import(mut stream: TcpStream) {
    for first in (0..DOCUMENTS).step_by(AT_ONCE) {
        let lines: String = (first..first + AT_ONCE).map(document).collect();
        stream.write_all(format!("{:x}\r\n{lines}\r\n", lines.len()).as_bytes()).unwrap();
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(&format!("\"inserted\":{DOCUMENTS},")), "{answer}");
}

fn document(number: usize) -> String {
    format!(
        "{{\"_id\":\"invoice-{number:07}\",\"total\":{}.5,\"paid\":false,\"lines\":[{{\"sku\":\"anvil\",\"count\":2}}]}}\n",
        number % 1000
    )
}

fn export(mut stream: TcpStream) {
    let (mut part, mut documents) = (vec![0; 1 << 16], 0);
    loop {
        match stream.read(&mut part).unwrap() {
            0 => break,
            read => {
                documents += part[..read].windows(5).filter(|bytes| bytes == b"\"_id\"").count()
            }
        }
    }
    // One may lie across two parts.
    assert!(documents * 1000 > DOCUMENTS * 999, "{documents}");
}

/// Does `work`, and tells how long it took, and what the server needed for it.
fn measure(name: &str, server: &Server, work: impl FnOnce()) {
    let (before, is_over) = (resident_mib(server), AtomicBool::new(false));
    let start = Instant::now();
    let (took, most) = thread::scope(|scope| {
        let sampler = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(resident_mib(server));
                thread::sleep(EVERY);
            }
            most
        });
        work();
        let took = start.elapsed();
        is_over.store(true, Ordering::Relaxed);
        (took, sampler.join().unwrap())
    });
    let rate = DOCUMENTS as f64 / took.as_secs_f64();
    println!(
        "{name} of {DOCUMENTS} documents: {rate:>7.0} /s; resident memory {before} MiB before, {most} at most, {} after",
        resident_mib(server)
    );
}

fn resident_mib(server: &Server) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}
