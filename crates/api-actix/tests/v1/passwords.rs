//! Rules for new passwords.

use std::sync::Arc;

use domain::ports::Ports;
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{MockHasher, Server, organization, post};

const WEAK: [(&str, &str); 6] = [
    ("iloveyou", "common_password"),
    ("Password123", "common_password"),
    ("ADA.lovelace@example.com ", "guessable_password"),
    ("ada.lovelace", "guessable_password"),
    ("Analytical Engines", "guessable_password"),
    ("analytical_engines", "guessable_password"),
];

#[actix_web::test]
async fn a_weak_password_is_refused_with_its_pointer_and_not_hashed() {
    let clock = Arc::new(SettableClock::default());
    // The hasher panics when it is called.
    let ports = Ports { hasher: Arc::new(MockHasher::new()), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    for (password, code) in WEAK {
        let response = server.send(post("/v1/organizations").json(&sign_up(password))).await;
        assert_eq!(response.problem(400), "validation_failed", "{password}");
        assert_eq!(response.errors(), [("/owner/password".to_owned(), code.to_owned())]);
        assert!(!response.text().contains(password.trim()), "{}", response.text());
    }
}

#[actix_web::test]
async fn another_password_can_be_sent_under_the_same_key() {
    let server = Server::new().await;
    for (password, status) in [("password", 400), ("ada.lovelace", 400), ("Ada, Countess", 201)] {
        let call = post("/v1/organizations").json(&sign_up(password));
        let response = server.send(call.header("Idempotency-Key", "one")).await;
        assert_eq!(response.status, status, "{password}: {}", response.text());
        assert_eq!(response.header("idempotent-replayed"), "");
    }
}

/// Logins with such a password, set elsewhere or before, get no other response than others.
#[actix_web::test]
async fn a_weak_password_is_accepted_at_login() {
    let server = Server::new().await;
    for (password, _) in WEAK {
        let credentials = json!({"email": "ada.lovelace@example.com", "password": password});
        let response = server.send(post("/v1/auth/login").json(&credentials)).await;
        assert_eq!(response.problem(401), "invalid_credentials", "{password}");
    }
}

fn sign_up(password: &str) -> serde_json::Value {
    let mut body = organization("Analytical Engines", "ada.lovelace@example.com");
    body["owner"]["password"] = json!(password);
    body
}
