//! Brute-force protection for password logins.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Call, PASSWORD, Response, Server, post};

const THERE: &str = "198.51.100.7";

fn attempt(email: &str, password: &str) -> Call {
    post("/v1/auth/login").json(&json!({"email": email, "password": password}))
}

async fn guess(server: &Server, from: &str) -> Response {
    server.send(attempt("ada@example.com", "battery staple").from(from)).await
}

/// Expects a refusal with this `Retry-After`.
fn assert_retry_after(response: &Response, seconds: u64) {
    assert_eq!(response.problem(429), "too_many_attempts");
    assert_eq!(response.header("retry-after"), seconds.to_string());
}

#[actix_web::test]
async fn throttled_logins_have_retry_after() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    for _ in 0..6 {
        assert_eq!(guess(&server, THERE).await.problem(401), "invalid_credentials");
    }
    for seconds in [1, 2, 4, 8] {
        assert_retry_after(&guess(&server, THERE).await, seconds);
        server.clock.advance(Duration::from_millis(seconds * 1000 - 1));
        assert_retry_after(&guess(&server, THERE).await, 1);
        server.clock.advance(Duration::from_millis(1));
        assert_eq!(guess(&server, THERE).await.problem(401), "invalid_credentials");
    }
    assert_retry_after(&server.send(attempt("ada@example.com", PASSWORD).from(THERE)).await, 16);
    server.clock.advance(Duration::from_secs(16));
    let login = server.send(attempt("ada@example.com", PASSWORD).from(THERE)).await;
    assert_eq!(login.status, 200, "{}", login.text());
}

#[actix_web::test]
async fn the_owner_can_log_in_while_attackers_are_throttled() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    for n in 0..100 {
        let from = format!("203.0.113.{n}");
        while guess(&server, &from).await.status == 429 {
            server.clock.advance(Duration::from_secs(60));
        }
    }
    assert_retry_after(&guess(&server, THERE).await, 60);
    server.login("ada@example.com").await;
}

/// The throttle must not reveal which addresses have an account.
#[actix_web::test]
async fn unknown_addresses_are_throttled_alike() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let mut responses: Vec<Vec<(u16, String, Value)>> = Vec::new();
    for (email, from) in [("ada@example.com", "10.0.0.1"), ("unknown@example.com", "10.0.0.2")] {
        let mut sequence = Vec::new();
        for _ in 0..8 {
            let guess = attempt(email, "battery staple").header("X-Request-Id", "same").from(from);
            let response = server.send(guess).await;
            let retry_after = response.header("retry-after").to_owned();
            sequence.push((response.status.as_u16(), retry_after, response.json()));
        }
        responses.push(sequence);
    }
    assert_eq!(responses[0], responses[1]);
    assert_eq!(responses[0][7].0, 429);
}

/// An invalid body does not try a password.
#[actix_web::test]
async fn invalid_requests_do_not_count_as_attempts() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    for _ in 0..30 {
        let request = post("/v1/auth/login").json(&json!({"email": "ada@example.com"}));
        assert_eq!(server.send(request.from(THERE)).await.problem(400), "validation_failed");
    }
    assert_eq!(guess(&server, THERE).await.problem(401), "invalid_credentials");
}
