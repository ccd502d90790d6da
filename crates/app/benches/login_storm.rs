//! 200 clients log in repeatedly, and one sends `GET /v1/me` a hundred times a second: the rate of
//! logins compared with the rate at which this machine hashes passwords, and the response times of
//! the other client, in one run.
//!
//! `cargo bench -p app --bench login_storm`, also with `PASSWORD_SCHEME=bcrypt`.

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
#[expect(dead_code, reason = "the other benchmarks need more of it")]
mod load;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use adapters_security::{HasherConfig, PasswordScheme, PooledHasher};
use domain::model::{ClientAddress, Password};
use domain::ports::{HashJob, PasswordHasher};
use serde_json::json;
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use api::Api;
use load::{Connection, rate};
use support::Server;

const CLIENTS: usize = 200;
const IDLE: Duration = Duration::from_secs(10);
const STORM: Duration = Duration::from_secs(20);
const PACE: Duration = Duration::from_millis(10);
/// Rate limits of logins are off, because all clients have one address.
const SETTINGS: [(&str, &str); 1] = [("LOG_LEVEL", "error")];

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let scheme = env::var("PASSWORD_SCHEME").unwrap_or_else(|_| "argon2id".to_owned());
    let before = bare_rate(&scheme).await;
    let settings: Vec<_> =
        SETTINGS.into_iter().chain([("PASSWORD_SCHEME", scheme.as_str())]).collect();
    let server = Server::start_with(&settings);
    let api = Api::new(&server);
    sign_up(&api).await;
    let token = api.login(&email(0)).await.unwrap().text("access_token");
    let me = server.url("/v1/me");

    let idle = watch(&me, &token, IDLE).join().unwrap();
    let watched = watch(&me, &token, STORM);
    let storm = storm(&server.url("/v1/auth/login")).await;
    let stormy = watched.join().unwrap();
    let (memory, peak) = memory(server.pid());
    drop(server);
    let bare = f64::midpoint(before, bare_rate(&scheme).await);

    let ratio = storm.rate / bare;
    println!("password hashes  {bare:>7.1} /s, {scheme}");
    println!(
        "logins           {:>7.1} /s, {ratio:.2} of the hashes, {CLIENTS} clients",
        storm.rate
    );
    println!("                 {} refused, slowest answer {:.1?}", storm.refused, storm.slowest);
    println!("GET /v1/me       p99 {:.1?} idle, {:.1?} meanwhile", p99(&idle), p99(&stormy));
    println!("memory           {memory} MiB, at most {peak} MiB");
}

/// Verifications per second of the hasher alone, on all cores.
async fn bare_rate(scheme: &str) -> f64 {
    let scheme = match scheme {
        "bcrypt" => PasswordScheme::Bcrypt,
        _ => PasswordScheme::Argon2id,
    };
    let max_wait = Duration::from_secs(3600);
    let config = HasherConfig { scheme, max_wait, ..HasherConfig::default() };
    let hasher = Arc::new(PooledHasher::new(&config).unwrap());
    let hash = hasher.hash(HashJob::sign_up(client()), password()).await.unwrap();
    // Enough concurrent calls to keep all threads busy.
    rate(4 * config.threads.get(), move |_| {
        let (hasher, hash) = (Arc::clone(&hasher), hash.clone());
        async move {
            hasher.verify(HashJob::login(client()), password(), Some(hash)).await.unwrap();
        }
    })
    .await
}

fn password() -> Password {
    Password::attempt(api::PASSWORD.to_owned())
}

fn email(n: usize) -> String {
    format!("storm{n}@example.com")
}

/// Creates an account for each client.
async fn sign_up(api: &Api) {
    for n in 0..CLIENTS {
        let created = api.create(&format!("Storm {n}"), &email(n)).await.unwrap();
        assert_eq!(created.status, 201, "{}", created.body);
    }
}

/// The results of the logins.
struct Storm {
    /// Successful logins per second.
    rate: f64,
    refused: usize,
    slowest: Duration,
}

async fn storm(url: &str) -> Storm {
    let mut running = JoinSet::new();
    let start = Instant::now();
    for n in 0..CLIENTS {
        let body = json!({ "email": email(n), "password": api::PASSWORD }).to_string();
        let mut client = Connection::post(url, &body).await;
        running.spawn(async move {
            let mut responses = Vec::new();
            while start.elapsed() < STORM {
                let asked = Instant::now();
                let status = client.ask().await;
                assert!([200, 503].contains(&status), "{status}");
                responses.push((status, asked.elapsed()));
            }
            responses
        });
    }
    let responses = running.join_all().await.concat();
    let took = start.elapsed().as_secs_f64();
    let served = responses.iter().filter(|(status, _)| *status == 200).count();
    Storm {
        rate: f64::from(u32::try_from(served).unwrap()) / took,
        refused: responses.len() - served,
        slowest: responses.iter().map(|(_, time)| *time).max().unwrap(),
    }
}

/// Response times of `GET /v1/me`, sent at a fixed rate from a separate thread. Each is counted
/// from its due time, so that one slow response delays the next ones.
fn watch(url: &str, token: &str, time: Duration) -> thread::JoinHandle<Vec<Duration>> {
    let (url, token) = (url.to_owned(), token.to_owned());
    thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut client = Connection::get(&url, &token).await;
            let mut times = Vec::new();
            let mut pace = interval(PACE);
            pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let start = Instant::now();
            while start.elapsed() < time {
                let due = pace.tick().await;
                assert_eq!(client.ask().await, 200);
                times.push(due.elapsed());
            }
            times
        })
    })
}

fn p99(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// Resident memory in MiB, now and at its peak.
fn memory(process: u32) -> (usize, usize) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
    };
    (mebibytes("VmRSS:"), mebibytes("VmHWM:"))
}

/// Describes this machine.
fn client() -> ClientAddress {
    ClientAddress::new([127, 0, 0, 1].into())
}
