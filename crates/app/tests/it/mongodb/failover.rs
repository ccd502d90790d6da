//! Primaries are killed while clients of two servers work; no acknowledged write is lost.
#![expect(clippy::print_stdout, reason = "how long each failover took is worth knowing")]

mod client;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use local_mongod::{Deployment, Options};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{server_on, wait_until_settled};
use crate::api::Api;
use client::{Acknowledged, Client};

const SERVERS: usize = 2;
const CLIENTS: usize = 8;
const KILLS: usize = 5;
/// Timeout from the death of a primary to the next acknowledged write. The members elect another
/// primary when it was silent for 2 seconds.
const RECOVERY: Duration = Duration::from_secs(10);
/// Time between two kills.
const PAUSE: Duration = Duration::from_secs(5);

/// A server as its clients see it.
#[derive(Clone)]
struct Endpoint {
    api: Api,
    /// Start of the latest acknowledged write.
    written: Arc<watch::Sender<Instant>>,
}

#[tokio::test(flavor = "multi_thread")]
async fn failover_loses_no_acknowledged_write_and_recovers_in_seconds() {
    let mut set = Options::replica_set(3).start().await.unwrap();
    let servers: [_; SERVERS] = std::array::from_fn(|_| server_on(&set));
    let doors = servers.each_ref().map(|server| Endpoint::new(Api::new(server)));
    let over = Arc::new(AtomicBool::new(false));
    let clients = (0..CLIENTS).map(|number| {
        let client = Client::new(number, doors.clone());
        tokio::spawn(client.work(Arc::clone(&over)))
    });
    let clients: Vec<_> = clients.collect();
    for door in &doors {
        door.writes_again(Instant::now()).await;
    }
    for kill in 1..=KILLS {
        kill_primary(&mut set, kill, &doors).await;
        // The clients work for a while on the complete set.
        let calm = Instant::now() + PAUSE;
        for door in &doors {
            door.writes_again(calm).await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let clients: Result<Vec<Client>, _> = try_join_all(clients).await;
    wait_until_settled(&doors[0].api).await;
    let mut done = Acknowledged::default();
    for client in clients.unwrap() {
        done += client.check().await;
    }
    println!("acknowledged: {done:?}");
    assert!(done.creates >= CLIENTS && done.renames > 100 && done.inserts > 500, "{done:?}");
    servers[0].nothing_is_wrong();
}

/// Kills the primary, waits until both servers acknowledge writes, and restarts the member.
async fn kill_primary(set: &mut Deployment, kill: usize, doors: &[Endpoint; SERVERS]) {
    let primary = set.primary().await.unwrap();
    let killed = Instant::now();
    set.kill(primary);
    let service =
        async { tokio::join!(doors[0].writes_again(killed), doors[1].writes_again(killed)) };
    let election = async {
        set.primary().await.unwrap();
        killed.elapsed()
    };
    let (elected, (first, second)) = tokio::join!(election, service);
    println!(
        "kill {kill}: a primary after {elected:.1?}, writes after {:.1?} and {:.1?}",
        first - killed,
        second - killed
    );
    for back in [first, second] {
        assert!(back - killed < RECOVERY, "{:?}", back - killed);
    }
    set.restart(primary).await.unwrap();
}

impl Endpoint {
    fn new(api: Api) -> Self {
        Self { api, written: Arc::new(watch::Sender::new(Instant::now())) }
    }

    /// Records that a write that began at `start` was acknowledged.
    fn wrote(&self, start: Instant) {
        self.written.send_if_modified(|latest| {
            let later = start > *latest;
            *latest = start.max(*latest);
            later
        });
    }

    /// Waits for an acknowledged write that began after `since`, and returns when it was
    /// acknowledged.
    async fn writes_again(&self, since: Instant) -> Instant {
        let mut written = self.written.subscribe();
        let again = written.wait_for(|began| *began > since);
        drop(timeout(Duration::from_secs(60), again).await.expect("writes are acknowledged"));
        Instant::now()
    }
}
