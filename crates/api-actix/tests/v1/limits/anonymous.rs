//! Requests without an accepted token, limited by client address.

use std::sync::Arc;

use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When, faulty};
use serde_json::json;

use super::{limits, rate_limit_headers, refused};
use crate::store::ports;
use crate::support::{Server, get, post};

const POLICY: &str = r#""anonymous";q=3;w=60"#;
const ELSEWHERE: &str = "198.51.100.1";

#[actix_web::test]
async fn limited_anonymous_requests_get_429_instead_of_401() {
    let server = Server::limited(limits(0, 3, 0)).await;
    let wrong = json!({"email": "ada@example.com", "password": "wrong"});
    for (call, left) in [
        (get("/v1/me"), 2),
        (get("/v1/me").token("forged"), 1),
        (post("/v1/auth/login").json(&wrong), 0),
    ] {
        let response = server.send(call).await;
        let left = format!(r#""anonymous";r={left};t=60"#);
        assert_eq!(
            (response.status.as_u16(), rate_limit_headers(&response)),
            (401, (POLICY, &left[..]))
        );
    }
    for call in [
        get("/v1/me"),
        get("/v1/me").token("forged"),
        get("/v1/me").header("Authorization", "Basic eA=="),
        get("/v1/nothing/there"),
        post("/v1/auth/login").json(&wrong),
        post("/v1/auth/login").body("{"),
    ] {
        assert_eq!(refused(&server.send(call).await), 60);
    }
    assert_eq!(server.send(get("/v1/me").from(ELSEWHERE)).await.problem(401), "unauthenticated");
}

#[actix_web::test]
async fn a_valid_token_is_accepted_at_a_limited_address() {
    let server = Server::limited(limits(100, 3, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    for _ in 0..5 {
        server.send(get("/v1/me").token("forged")).await;
    }
    refused(&server.send(get("/v1/me")).await);
    let response = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(
        (response.status.as_u16(), rate_limit_headers(&response).1),
        (200, r#""organization";r=98;t=60"#)
    );
}

#[actix_web::test]
async fn logins_count_for_the_address_with_any_token() {
    let paths =
        ["/v1/auth/login", "/v1/auth/refresh", "/org/admin/login", "/admin/login", "/auth/login"];
    let server = Server::limited(limits(1000, paths.len() as u64, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let wrong = json!({"email": "bob@example.com", "password": "wrong", "refresh_token": "x"});
    server.clock.advance(std::time::Duration::from_secs(60));
    let login = |path: &str| post(path).token(&ada.token).json(&wrong);
    for path in paths {
        let response = server.send(login(path)).await;
        assert!(matches!(response.status.as_u16(), 400 | 401), "{path}: {}", response.text());
        assert_eq!(rate_limit_headers(&response).0, r#""anonymous";q=5;w=60"#, "{path}");
    }
    for path in paths {
        assert_eq!(server.send(login(path)).await.status, 429, "{path}");
    }
    let response = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(
        (response.status.as_u16(), rate_limit_headers(&response).1),
        (200, r#""organization";r=999;t=60"#)
    );
}

#[actix_web::test]
async fn ipv6_addresses_of_one_network_share_a_limit() {
    let server = Server::limited(limits(0, 3, 0)).await;
    for n in 1..=3 {
        let call = get("/v1/me").from(&format!("2001:db8:1:2::{n}"));
        assert_eq!(server.send(call).await.problem(401), "unauthenticated");
    }
    refused(&server.send(get("/v1/me").from("2001:db8:1:2:a:b:c:d")).await);
    let next = server.send(get("/v1/me").from("2001:db8:1:3::1")).await;
    assert_eq!(next.problem(401), "unauthenticated");
}

#[actix_web::test]
async fn expired_tokens_count_for_the_address() {
    let server = Server::limited(limits(1, 4, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.clock.advance(std::time::Duration::from_secs(7200));
    for _ in 0..4 {
        let response = server.send(get("/v1/me").token(&ada.token)).await;
        assert_eq!(
            (response.problem(401).as_str(), rate_limit_headers(&response).0),
            ("token_expired", r#""anonymous";q=4;w=60"#)
        );
    }
    refused(&server.send(get("/v1/me").token(&ada.token)).await);
}

/// Failures to authenticate because of the store do not count for the client.
#[actix_web::test]
async fn failures_of_the_store_do_not_count() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let healthy = Server::limited_over(ports.clone(), clock.clone(), limits(0, 0, 0)).await;
    let ada = healthy.member("Acme", "ada@example.com").await;
    let down = faulty(&ports, &Plan::crash(1, When::Before));
    let down = Server::limited_over(down, clock, limits(1, 1, 0)).await;
    for _ in 0..3 {
        let response = down.send(get("/v1/me").token(&ada.token)).await;
        assert_eq!(
            (response.problem(503).as_str(), rate_limit_headers(&response)),
            ("store_unavailable", ("", ""))
        );
    }
}
