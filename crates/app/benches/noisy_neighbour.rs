//! The effect of an organization at 50 times its rate limit on another: response times of the
//! other, alone and under this load, in one run. Both send at a fixed rate, whatever the response
//! times, so that waiting is measured, too.
//!
//! `cargo bench -p app --bench noisy_neighbour`

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
#[expect(dead_code, reason = "the other benchmarks need more of it")]
mod load;
mod paced;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::thread;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use api::Api;
use paced::{Pace, Seen, send};
use support::Server;

/// Requests per window of a second.
const LIMIT: u32 = 100;
/// Requests per second of the quiet organization.
const QUIET: u32 = 80;
const NOISY: u32 = 50 * LIMIT;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(10);

fn main() {
    let server = Server::start_with(&[
        ("RATE_LIMIT_PER_ORG", &LIMIT.to_string()),
        ("RATE_LIMIT_WINDOW_SECONDS", "1"),
    ]);
    let (here, there) = (runtime(), runtime());
    let api = Api::new(&server);
    let url = server.url("/v1/me");
    let [quiet, noisy] = ["quiet", "noisy"].map(|name| here.block_on(member(&api, name)));
    let quiet = Pace { url: &url, token: &quiet, per_second: QUIET, connections: 4, time: TIME };
    let noisy = Pace { url: &url, token: &noisy, per_second: NOISY, connections: 16, time: TIME };

    let (mut alone, mut beside, mut noise) = (Seen::default(), Seen::default(), Seen::default());
    for _ in 0..ROUNDS {
        alone.add(here.block_on(send(quiet)));
        thread::scope(|scope| {
            // On a separate thread, so that the load does not delay the measured client.
            let sent = scope.spawn(|| there.block_on(send(noisy)));
            beside.add(here.block_on(send(quiet)));
            noise.add(sent.join().unwrap());
        });
    }
    println!("limit {LIMIT} /s; the quiet one sends {QUIET} /s, the noisy one {NOISY} /s");
    alone.print("quiet, alone");
    beside.print("quiet, beside");
    noise.print("noisy");
    for part in [0.5, 0.9, 0.99] {
        let ratio = beside.quantile(part).as_secs_f64() / alone.quantile(part).as_secs_f64();
        println!("p{:<3} beside / alone {ratio:>6.2}", part * 100.0);
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// The token of the owner of a new organization, which has a document.
async fn member(api: &Api, name: &str) -> String {
    let email = format!("{name}@example.com");
    let id = api.create(name, &email).await.unwrap().text("id");
    let token = api.login(&email).await.unwrap().text("access_token");
    assert_eq!(api.insert(&token, &id, &json!({ "_id": "1" })).await.unwrap().status, 201);
    token
}
