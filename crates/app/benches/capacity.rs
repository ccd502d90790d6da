//! A MongoDB with 20,000 file handles after 100, 2,000, 10,000 and 50,000 sign-ups with the default
//! placement: dedicated collections for the first 2,000, then the shared collection. Takes as long
//! as hashing 50,000 passwords, so `cargo xtask bench` omits it.
//!
//! `sh -c 'ulimit -n 20000; cargo bench -p app --bench capacity'`

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use local_mongod::Options;
use tokio::task::JoinSet;

use api::Api;
use support::Server;

const SIGN_UPS: [usize; 4] = [100, 2_000, 10_000, 50_000];
const CLIENTS: usize = 8;
/// Number of creates timed one by one at each size.
const SAMPLE: usize = 20;

#[tokio::main]
async fn main() {
    let deployment = Options::replica_set(1).test_commands(false).start().await.unwrap();
    let mongod = deployment.pid(0).unwrap();
    let settings = [("MONGODB_URL", deployment.url()), ("LOG_LEVEL", "error")];
    let server = Server::start_with(&settings);
    let api = Arc::new(Api::new(&server));
    println!(
        "sign-ups   mongod: memory, files, most files   tenantry: memory   create, one client"
    );
    let next = Arc::new(AtomicUsize::new(0));
    for sign_ups in SIGN_UPS {
        sign_up(&api, &next, sign_ups - SAMPLE).await;
        let create = median_create(&api, &next).await;
        println!(
            "{sign_ups:>8}   {:>12} MiB {:>6} {:>12}   {:>12} MiB   {create:.1?}",
            memory(mongod),
            fs::read_dir(format!("/proc/{mongod}/fd")).unwrap().count(),
            most_files(mongod),
            memory(server.pid()),
        );
    }
}

/// Creates organizations up to the number `until`.
async fn sign_up(api: &Arc<Api>, next: &Arc<AtomicUsize>, until: usize) {
    let mut running = JoinSet::new();
    for _ in 0..CLIENTS {
        let (api, next) = (Arc::clone(api), Arc::clone(next));
        running.spawn(async move {
            while next.load(Ordering::Relaxed) < until {
                create(&api, next.fetch_add(1, Ordering::Relaxed)).await;
            }
        });
    }
    running.join_all().await;
}

async fn median_create(api: &Api, next: &AtomicUsize) -> Duration {
    let mut times = Vec::new();
    for _ in 0..SAMPLE {
        let start = Instant::now();
        create(api, next.fetch_add(1, Ordering::Relaxed)).await;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[SAMPLE / 2]
}

async fn create(api: &Api, n: usize) {
    let created = api.create(&format!("N {n}"), &format!("n{n}@example.com")).await.unwrap();
    assert_eq!(created.status, 201, "{}", created.body);
}

/// Resident memory, in MiB.
fn memory(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() / 1024
}

/// The limit of open files.
fn most_files(process: u32) -> usize {
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap()
}
