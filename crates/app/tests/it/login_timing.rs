//! The response time of a refused login does not reveal which addresses have an account.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::api::{Api, PROXY};
use crate::support::Server;

const UNKNOWN: &str = "nobody@example.com";
/// Maximum number of logins with each address: an account is throttled after 50 failures.
const TRIES: usize = 45;

#[tokio::test]
async fn unknown_addresses_take_as_long_as_wrong_passwords() {
    let server = Server::start_with(&[PROXY]);
    let api = Api::new(&server);
    api.create("Acme", "ada@example.com").await.unwrap();
    all_take_as_long(&api, &[UNKNOWN, "ada@example.com"]).await;
}

#[tokio::test]
async fn hashes_of_another_scheme_take_as_long_as_wrong_passwords() {
    let mut server = Server::start_with(&[PROXY, ("PASSWORD_SCHEME", "bcrypt")]);
    Api::new(&server).create("Acme", "bcrypt@example.com").await.unwrap();
    server.set("PASSWORD_SCHEME", "argon2id");
    server.restart();
    let api = Api::new(&server);
    api.create("Globex", "argon2id@example.com").await.unwrap();
    all_take_as_long(&api, &["bcrypt@example.com", UNKNOWN, "argon2id@example.com"]).await;
}

/// Compares the fastest refusals so far: other load on the machine slows some down and makes none
/// faster. Without equal work, they differ by a factor.
async fn all_take_as_long(api: &Api, emails: &[&str]) {
    let mut all: Vec<_> = emails.iter().map(|email| (*email, Duration::MAX)).collect();
    for email in emails {
        time_to_refuse(api, email).await;
    }
    for _ in 1..TRIES {
        for (email, fastest) in &mut all {
            *fastest = time_to_refuse(api, email).await.min(*fastest);
        }
        let times = all.iter().map(|(_, fastest)| *fastest);
        if times.clone().max() < times.min().map(|fastest| fastest * 2) {
            return;
        }
    }
    panic!("{all:?}");
}

async fn time_to_refuse(api: &Api, email: &str) -> Duration {
    let body = json!({ "email": email, "password": "a wrong password" });
    let api = api.clone().speaking_for(another_client());
    let login = api.post("/v1/auth/login", "").json(&body);
    let start = Instant::now();
    let response = api.send(login).await.unwrap();
    let took = start.elapsed();
    assert_eq!(response.status, 401, "{}", response.body);
    took
}

/// An address without failed logins.
fn another_client() -> Ipv4Addr {
    static CLIENTS: AtomicU32 = AtomicU32::new(0);
    let number = CLIENTS.fetch_add(1, Ordering::Relaxed);
    Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 0, 0, 1)) + number)
}
