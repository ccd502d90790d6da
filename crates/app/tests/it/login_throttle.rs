//! Records of failed logins survive restarts, and are shared by the nodes of an installation.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use local_mongod::TestDatabase;
use reqwest::header::RETRY_AFTER;
use serde_json::json;

use crate::api::{Api, Response};
use crate::support::Server;

const EMAIL: &str = "ada@example.com";
/// Number of concurrent wrong passwords at each server.
const GUESSES: usize = 24;
/// A wait that exceeds a restart, in seconds.
const LONG: u64 = 64;
/// Timeout to reach that wait.
const TIMEOUT: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_survive_a_restart() {
    let mut server = Server::start();
    let api = Api::new(&server);
    api.create("Acme", EMAIL).await.unwrap();
    let (waiting, since) = guess_until_long_wait(&[&api]).await;
    server.restart();
    let right = Api::new(&server).login(EMAIL).await.unwrap();
    assert_remaining_wait(&right, waiting, since);
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_share_failed_logins_through_mongodb() {
    let database = TestDatabase::fresh().await.unwrap();
    let settings = [("MONGODB_URL", database.url()), ("DATABASE_NAME", database.name())];
    let (first, second) = (Server::start_with(&settings), Server::start_with(&settings));
    let (first, second) = (Api::new(&first), Api::new(&second));
    first.create("Acme", EMAIL).await.unwrap();
    let (waiting, since) = guess_until_long_wait(&[&first, &second]).await;
    for api in [&first, &second] {
        assert_remaining_wait(&api.login(EMAIL).await.unwrap(), waiting, since);
    }
    // Accounts that are not attacked stay accessible.
    assert_eq!(first.create("Other", "bob@example.com").await.unwrap().status, 201);
}

/// Sends wrong passwords until the wait is long; returns the wait and when it began.
async fn guess_until_long_wait(servers: &[&Api]) -> (u64, Instant) {
    let start = Instant::now();
    loop {
        let since = Instant::now();
        let waiting = guess_concurrently(servers).await;
        if waiting >= LONG {
            return (waiting, since);
        }
        assert!(start.elapsed() < TIMEOUT, "no wait is long");
    }
}

/// Sends many concurrent wrong passwords, of which few are verified. Returns the longest wait.
async fn guess_concurrently(servers: &[&Api]) -> u64 {
    let login_throttle = servers.iter().flat_map(|api| (0..GUESSES).map(|_| guess(api)));
    let (verdicts, refusals): (Vec<_>, Vec<_>) =
        join_all(login_throttle).await.into_iter().partition(|response| response.status == 401);
    assert!(verdicts.len() < 12, "{} verdicts", verdicts.len());
    refusals.iter().map(wait).max().unwrap_or(0)
}

/// Expects the rest of a wait.
fn assert_remaining_wait(response: &Response, waiting: u64, since: Instant) {
    let left = wait(response);
    let passed = since.elapsed().as_secs() + 1;
    assert!(left <= waiting && left + passed >= waiting, "{left} of {waiting} s after {passed} s");
}

async fn guess(api: &Api) -> Response {
    let body = json!({ "email": EMAIL, "password": "battery staple" });
    api.send(api.post("/v1/auth/login", "").json(&body)).await.unwrap()
}

/// The seconds of `Retry-After` of a refusal.
fn wait(response: &Response) -> u64 {
    let code = response.text("code");
    assert_eq!((response.status, code.as_str()), (429, "too_many_attempts"), "{}", response.body);
    response.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap()
}
