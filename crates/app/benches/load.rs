//! Load generator with low cost: the server shares the cores with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const TIME: Duration = Duration::from_secs(5);

/// Executions per second of `job` by `clients` concurrent clients, each with its number.
pub(crate) async fn rate<F: Future<Output = ()> + Send + 'static>(
    clients: usize,
    job: impl Fn(usize) -> F + Clone + Send + 'static,
) -> f64 {
    rate_for(TIME, clients, job).await
}

/// [`rate`] over `time`.
pub(crate) async fn rate_for<F: Future<Output = ()> + Send + 'static>(
    time: Duration,
    clients: usize,
    job: impl Fn(usize) -> F + Clone + Send + 'static,
) -> f64 {
    let (next, start) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (job, next) = (job.clone(), Arc::clone(&next));
        running.spawn(async move {
            while start.elapsed() < time {
                job(next.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    running.join_all().await;
    per_second(next.load(Ordering::Relaxed), start)
}

/// Responses per second with status 200 to `GET url`, with one connection per client.
pub(crate) async fn gets(clients: usize, url: &str, token: &str) -> f64 {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::get(url, token).await);
    }
    asked(TIME, connections, 200).await
}

/// Responses per second with status 201 to `body` sent to `url`, with one connection per client.
pub(crate) async fn posts(clients: usize, url: &str, token: &str, body: &str) -> f64 {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(Connection::post_as(url, token, body).await);
    }
    asked(TIME, connections, 201).await
}

/// Responses per second with status `expected` over `time`.
pub(crate) async fn asked(time: Duration, connections: Vec<Connection>, expected: u16) -> f64 {
    let (next, start) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut running = JoinSet::new();
    for mut connection in connections {
        let next = Arc::clone(&next);
        running.spawn(async move {
            while start.elapsed() < time {
                assert_eq!(connection.ask().await, expected);
                next.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    running.join_all().await;
    per_second(next.load(Ordering::Relaxed), start)
}

/// A connection that repeats one request.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    /// Sends `GET` to `url`.
    pub(crate) async fn get(url: &str, token: &str) -> Self {
        Self::open(url, "GET", &format!("Authorization: Bearer {token}\r\n\r\n")).await
    }

    /// Sends `body`, which is JSON, with `POST` to `url`.
    pub(crate) async fn post(url: &str, body: &str) -> Self {
        let length = body.len();
        let rest =
            format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}");
        Self::open(url, "POST", &rest).await
    }

    /// [`Self::post`] with `token`.
    pub(crate) async fn post_as(url: &str, token: &str, body: &str) -> Self {
        let length = body.len();
        let rest = format!(
            "Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Self::open(url, "POST", &rest).await
    }

    async fn open(url: &str, method: &str, rest: &str) -> Self {
        let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
        let request = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\n{rest}");
        let stream = TcpStream::connect(host).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = BufReader::new(stream);
        Self { stream, request: request.into_bytes(), line: String::new(), body: Vec::new() }
    }

    /// Sends the request, reads the response, and returns its status.
    pub(crate) async fn ask(&mut self) -> u16 {
        self.stream.get_mut().write_all(&self.request).await.unwrap();
        self.read_line().await;
        let status = self.line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut length = 0;
        while !self.line.trim_end().is_empty() {
            if let Some(value) = self.line.strip_prefix("content-length: ") {
                length = value.trim_end().parse().unwrap();
            }
            self.read_line().await;
        }
        self.body.resize(length, 0);
        self.stream.read_exact(&mut self.body).await.unwrap();
        status
    }

    async fn read_line(&mut self) {
        self.line.clear();
        self.stream.read_line(&mut self.line).await.unwrap();
    }
}

fn per_second(count: usize, start: Instant) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64()
}
