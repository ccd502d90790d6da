//! Logins.

use std::sync::Arc;
use std::time::Duration;

use domain::ports::{PasswordVerdict, Ports};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{MockHasher, OPERATOR, PASSWORD, Server, get, post, text};

#[actix_web::test]
async fn a_login_returns_a_token_and_its_admin() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let credentials = json!({"email": " ADA@example.com ", "password": PASSWORD});
    let response = server.send(post("/v1/auth/login").json(&credentials)).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.header("etag"), "");
    let login = response.json();
    assert_eq!(login["token_type"], "Bearer");
    assert_eq!(login["expires_in"], 3600);
    assert_eq!(login["admin"]["id"], ada.admin_id);
    assert_eq!(login["organization"]["id"], ada.id);

    let me = server.send(get("/v1/me").token(&text(&login["access_token"]))).await.json();
    assert_eq!(me, json!({"admin": login["admin"], "organization": login["organization"]}));
}

#[actix_web::test]
async fn unknown_addresses_are_answered_like_wrong_passwords() {
    let server = Server::new().await;
    server.member("Acme", "ada@example.com").await;
    let mut responses = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong password"),
        ("ada@example.com", ""),
        ("bob@example.com", PASSWORD),
        ("аda@example.com", PASSWORD),
    ] {
        let credentials = json!({"email": email, "password": password});
        let login = post("/v1/auth/login").json(&credentials).header("X-Request-Id", "same");
        let response = server.send(login).await;
        assert_eq!(response.problem(401), "invalid_credentials");
        assert_eq!(response.header("www-authenticate"), "Bearer");
        responses.push(response.text());
    }
    assert!(responses.iter().all(|response| *response == responses[0]), "{responses:?}");
}

#[actix_web::test]
async fn a_token_expires() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.clock.advance(Duration::from_secs(3600));
    let response = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(response.problem(401), "token_expired");
    assert_eq!(response.header("www-authenticate"), "Bearer error=\"invalid_token\"");
}

#[actix_web::test]
async fn an_operator_has_no_account() {
    let server = Server::new().await;
    let response = server.send(get("/v1/me").token(OPERATOR)).await;
    assert_eq!(response.problem(403), "forbidden");
}

/// The response time must not reveal which addresses have an account.
#[actix_web::test]
async fn an_unknown_address_costs_one_verification_like_any_other() {
    let mut hasher = MockHasher::new();
    let once = hasher.expect_verify().withf(|_, _, hash| hash.is_none()).times(1);
    once.returning(|_, _, _| Ok(PasswordVerdict::Mismatch));
    let clock = Arc::new(SettableClock::default());
    let ports = Ports { hasher: Arc::new(hasher), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let credentials = json!({"email": "unknown@example.com", "password": PASSWORD});
    let response = server.send(post("/v1/auth/login").json(&credentials)).await;
    assert_eq!(response.problem(401), "invalid_credentials");
}
