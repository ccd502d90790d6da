//! Logins.

use std::sync::Arc;

use domain::ports::{PasswordVerdict, Ports};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;

use crate::compat::{CHOSEN, login, sign_up};
use crate::store::ports;
use crate::support::{MockHasher, Server, post};

const PATHS: [&str; 3] = ["/org/admin/login", "/admin/login", "/v1/auth/login"];

/// R0 took 905 ms for known addresses and 5 ms for others. `it/login_timing.rs` measures the real
/// hasher.
#[actix_web::test]
async fn defect_10_an_unknown_address_costs_one_verification() {
    let mut hasher = MockHasher::new();
    let each = hasher.expect_verify().withf(|_, _, hash| hash.is_none()).times(PATHS.len());
    each.returning(|_, _, _| Ok(PasswordVerdict::Mismatch));
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { hasher: Arc::new(hasher), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    for path in PATHS {
        let response = server.send(login(path, "unknown@example.com", CHOSEN)).await;
        assert_eq!(response.status, 401, "{path}");
    }
}

/// R0 verified 300 of 300 attempts.
#[actix_web::test]
async fn defect_10_failed_logins_are_throttled() {
    let server = Server::new().await;
    server.tenant("Acme Inc", "ada@example.com").await;
    let mut looked_at = 0;
    for n in 0..300 {
        let guess = login(PATHS[n % 3], "ada@example.com", "wrong");
        let response = server.send(guess.from("198.51.100.7")).await;
        match response.status.as_u16() {
            401 => looked_at += 1,
            429 => assert_ne!(response.header("retry-after"), ""),
            _ => panic!("{}", response.text()),
        }
    }
    assert_eq!(looked_at, 6, "the paths count together, in the time that stands still");
    let refused =
        server.send(login(PATHS[1], "ada@example.com", CHOSEN).from("198.51.100.7")).await;
    assert_eq!(refused.detail(429), "Too many failed attempts");
}

/// R0 searched for the address as a regular expression.
#[actix_web::test]
async fn defect_10_addresses_are_not_regular_expressions() {
    let server = Server::new().await;
    server.tenant("Acme Inc", "ada@example.com").await;
    for (n, pattern) in [
        "a.a@example.com",
        "a*@example.com",
        "ad+a@example.com",
        "^ada@example.com",
        "ada|b@example.com",
        "ad?da@example.com",
    ]
    .into_iter()
    .enumerate()
    {
        for path in PATHS {
            let from = format!("198.51.100.{n}");
            let response = server.send(login(path, pattern, CHOSEN).from(&from)).await;
            assert_eq!(response.status, 401, "{pattern} at {path}");
        }
        let name = format!("Other {n}");
        let created = server.send(post("/org/create").json(&sign_up(&name, pattern))).await;
        assert_eq!(created.status, 201, "{pattern} is another address: {}", created.text());
    }
    for pattern in [".*", ".*@example.com", "ada@example.c[o]m", "ada@.*"] {
        for path in PATHS {
            let response = server.send(login(path, pattern, CHOSEN)).await;
            assert!(matches!(response.status.as_u16(), 400 | 422), "{pattern} at {path}");
        }
    }
    server.token("ADA@example.com", CHOSEN).await.unwrap();
}
