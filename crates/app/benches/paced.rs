//! Requests at a fixed rate.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::load::Connection;

/// The requests to send, their rate and duration.
#[derive(Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) url: &'a str,
    pub(crate) token: &'a str,
    pub(crate) per_second: u32,
    /// Number of connections that share the requests evenly.
    pub(crate) connections: u32,
    pub(crate) time: Duration,
}

/// Results of the requests.
#[derive(Default)]
pub(crate) struct Seen {
    /// Times from the due time of each request to its response, in order.
    took: Vec<Duration>,
    refused: usize,
}

impl Seen {
    pub(crate) fn add(&mut self, other: Self) {
        self.took.extend(other.took);
        self.took.sort_unstable();
        self.refused += other.refused;
    }

    /// The response time of this quantile.
    pub(crate) fn quantile(&self, part: f64) -> Duration {
        let last = self.took.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "there are far fewer requests than that"
        )]
        self.took[(last as f64 * part).round() as usize]
    }

    pub(crate) fn print(&self, name: &str) {
        let [p50, p99] = [0.5, 0.99].map(|part| self.quantile(part));
        let (all, refused) = (self.took.len(), self.refused);
        println!(
            "{name:<14} {all:>7} requests, {refused:>7} refused, p50 {p50:>7.2?}, p99 {p99:>7.2?}"
        );
    }
}

/// Sends at `pace`. A late connection skips no request until the time is over: fewer requests than
/// planned are a sign that the machine is too slow.
pub(crate) async fn send(pace: Pace<'_>) -> Seen {
    let apart = Duration::from_secs(1) / pace.per_second;
    let time = pace.time;
    let each = u32::try_from(pace.time.as_secs()).unwrap() * pace.per_second / pace.connections;
    let mut running = JoinSet::new();
    for n in 0..pace.connections {
        let mut connection = Connection::get(pace.url, pace.token).await;
        let between = apart * pace.connections;
        running.spawn(async move {
            let (mut seen, start) = (Seen::default(), Instant::now() + apart * n);
            for i in (0..each).take_while(|_| start.elapsed() < time) {
                let due = start + between * i;
                // A late request has waited since its due time; a late timer is not the server's
                // fault.
                let behind = Instant::now() >= due;
                sleep_until(due).await;
                let sent = if behind { due } else { Instant::now() };
                let status = connection.ask().await;
                assert!([200, 429].contains(&status), "{status}");
                seen.refused += usize::from(status == 429);
                seen.took.push(sent.elapsed());
            }
            seen
        });
    }
    let mut all = Seen::default();
    for seen in running.join_all().await {
        all.took.extend(seen.took);
        all.refused += seen.refused;
    }
    all
}
