//! Audit events of logins, sessions and passwords.

use std::time::Duration;

use serde_json::{Value, json};

use super::{INSTALLATION, admin, anonymous, event, events, recorded_by, response_and_events};
use crate::support::{Call, Member, OPERATOR, PASSWORD, Server, delete, get, patch, post, text};

const EMAIL: &str = "ada@example.com";

fn login(email: &str, password: &str) -> Call {
    post("/v1/auth/login").json(&json!({"email": email, "password": password}))
}

fn refresh(token: &str) -> Call {
    post("/v1/auth/refresh").json(&json!({"refresh_token": token}))
}

/// The id of the newest session.
async fn session(server: &Server, token: &str) -> String {
    let sessions = server.send(get("/v1/auth/sessions").token(token)).await.json();
    text(&sessions["items"].as_array().unwrap().last().unwrap()["id"])
}

#[actix_web::test]
async fn a_login_event_targets_its_session() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let recorded = recorded_by(&server, &ada.path, login(EMAIL, PASSWORD)).await;
    let (who, session) = (admin(&ada, EMAIL), session(&server, &ada.token).await);
    assert_eq!(recorded, [event("login.succeeded", &who, ("session", &session), &json!({}))]);
}

#[actix_web::test]
async fn a_failed_login_is_recorded_in_the_organization_of_the_address() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let call = login(EMAIL, "a wrong password").from("198.51.100.9");
    let (response, recorded) = response_and_events(&server, &ada.path, call).await;
    assert_eq!(response.problem(401), "invalid_credentials");
    let failed = event("login.failed", &anonymous(), ("admin", &ada.admin_id), &json!({}));
    assert_eq!(recorded, [failed]);
    assert_eq!(events(&server, &ada.path).await.last().unwrap()["ip"], "198.51.100.9");
    assert_eq!(events(&server, INSTALLATION).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn a_failed_login_at_an_unknown_address_is_recorded_without_the_address() {
    let server = Server::new().await;
    let call = login("unknown@example.com", "a wrong password");
    let (response, recorded) = response_and_events(&server, INSTALLATION, call).await;
    assert_eq!(response.problem(401), "invalid_credentials");
    assert_eq!(recorded, [event("login.failed", &anonymous(), ("admin", ""), &json!({}))]);
    let whole = json!(events(&server, INSTALLATION).await);
    assert_eq!(whole[0]["organization_id"], Value::Null);
    assert!(!whole.to_string().contains("unknown@example.com"), "{whole}");
}

#[actix_web::test]
async fn failed_logins_at_unknown_addresses_do_not_fill_the_trail_of_the_installation() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    for n in 0..70 {
        let call = login(&format!("unknown-{n}@example.com"), "a wrong password");
        let response = server.send(call.from(&format!("198.51.100.{n}"))).await;
        assert_eq!(response.problem(401), "invalid_credentials");
    }
    assert_eq!(events(&server, INSTALLATION).await.len(), 60, "of an hour");
    // Neither known addresses nor operator tokens are affected.
    let (_, recorded) =
        response_and_events(&server, &ada.path, login(EMAIL, "a wrong password")).await;
    assert_eq!(recorded.len(), 1);
    let wrong = "x".repeat(32);
    server.send(get("/v1/organizations").token(&wrong)).await;
    assert_eq!(events(&server, INSTALLATION).await.len(), 61);
    server.clock.advance(Duration::from_secs(60 * 60));
    server.send(login("unknown@example.com", "a wrong password")).await;
    assert_eq!(events(&server, INSTALLATION).await.len(), 62);
}

/// Adds the deactivated admin Bob.
async fn deactivated(server: &Server, ada: &Member) -> String {
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "role": "viewer"});
    let add = post(&format!("{}/admins", ada.path)).token(&ada.token).json(&body);
    let path = server.send(add).await.header("location").to_owned();
    let off = patch(&path, &json!({"is_active": false})).token(&ada.token);
    text(&server.send(off).await.json()["id"])
}

#[actix_web::test]
async fn a_refused_login_with_a_correct_password_is_recorded_as_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let bob = deactivated(&server, &ada).await;
    let call = login("bob@example.com", PASSWORD);
    let (response, recorded) = response_and_events(&server, &ada.path, call).await;
    assert_eq!(response.problem(403), "admin_deactivated");
    assert_eq!(recorded, [event("login.refused", &anonymous(), ("admin", &bob), &json!({}))]);

    server.send(post(&format!("{}/suspend", ada.path)).token(OPERATOR)).await;
    let (response, recorded) =
        response_and_events(&server, &ada.path, login(EMAIL, PASSWORD)).await;
    assert_eq!(response.problem(403), "organization_suspended");
    assert_eq!(
        recorded,
        [event("login.refused", &anonymous(), ("admin", &ada.admin_id), &json!({}))]
    );
}

#[actix_web::test]
async fn refreshes_are_recorded_once_and_token_reuse_anonymously() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let token = text(&server.tokens(EMAIL).await.json()["refresh_token"]);
    let session = session(&server, &ada.token).await;
    let refreshed =
        event("session.refreshed", &admin(&ada, EMAIL), ("session", &session), &json!({}));
    assert_eq!(recorded_by(&server, &ada.path, refresh(&token)).await, [refreshed]);
    // A repeated refresh within the grace period returns the same tokens.
    assert_eq!(recorded_by(&server, &ada.path, refresh(&token)).await, Vec::<Value>::new());

    server.clock.advance(Duration::from_secs(11));
    let (response, recorded) = response_and_events(&server, &ada.path, refresh(&token)).await;
    assert_eq!(response.problem(401), "token_invalid");
    assert_eq!(
        recorded,
        [event("session.stolen", &anonymous(), ("session", &session), &json!({}))]
    );
    let (_, recorded) = response_and_events(&server, &ada.path, refresh("nonsense")).await;
    assert_eq!(recorded, Vec::<Value>::new());
}

#[actix_web::test]
async fn the_end_of_a_session_is_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let who = admin(&ada, EMAIL);
    let ended = |session: &str| event("session.ended", &who, ("session", session), &json!({}));

    let other = server.login(EMAIL).await;
    let own = session(&server, &other).await;
    let log_out = post("/v1/auth/logout").token(&other);
    assert_eq!(recorded_by(&server, &ada.path, log_out).await, [ended(&own)]);

    server.login(EMAIL).await;
    let other = session(&server, &ada.token).await;
    let end = delete(&format!("/v1/auth/sessions/{other}")).token(&ada.token);
    assert_eq!(recorded_by(&server, &ada.path, end).await, [ended(&other)]);

    let end_all = delete("/v1/auth/sessions").token(&ada.token);
    assert_eq!(recorded_by(&server, &ada.path, end_all).await, [ended("")]);
}

#[actix_web::test]
async fn password_changes_and_failed_attempts_are_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", EMAIL).await;
    let (who, target) = (admin(&ada, EMAIL), ("admin", &ada.admin_id[..]));
    let change = |current: &str| {
        let body =
            json!({"current_password": current, "new_password": "staple and a second horse"});
        post("/v1/auth/password").token(&ada.token).json(&body)
    };
    let (response, recorded) =
        response_and_events(&server, &ada.path, change("a wrong password")).await;
    assert_eq!(response.problem(400), "validation_failed");
    assert_eq!(recorded, [event("admin.password_change_failed", &who, target, &json!({}))]);
    let (response, recorded) = response_and_events(&server, &ada.path, change(PASSWORD)).await;
    assert_eq!(response.status, 204);
    assert_eq!(recorded, [event("admin.password_changed", &who, target, &json!({}))]);
}

#[actix_web::test]
async fn refused_operator_tokens_are_recorded_and_throttled() {
    let server = Server::new().await;
    let present = |token: &str| get("/v1/organizations").token(token).from("198.51.100.9");
    let wrong = "operator-operator-operator-operatos";
    let (response, recorded) = response_and_events(&server, INSTALLATION, present(wrong)).await;
    assert_eq!(response.problem(401), "token_invalid");
    let refused = event("operator.token_refused", &anonymous(), ("operator_token", ""), &json!({}));
    assert_eq!(recorded, [refused]);
    for _ in 1..5 {
        assert_eq!(server.send(present(wrong)).await.problem(401), "token_invalid");
    }
    let throttled = server.send(present(wrong)).await;
    assert_eq!(throttled.problem(429), "too_many_attempts");
    assert_eq!(throttled.header("retry-after"), "60");
    assert_eq!(server.send(present(OPERATOR)).await.status, 200);
    let elsewhere = get("/v1/organizations").token(wrong).from("198.51.100.10");
    assert_eq!(server.send(elsewhere).await.problem(401), "token_invalid");
    assert_eq!(events(&server, INSTALLATION).await.len(), 6, "what is throttled is not recorded");
    assert!(!json!(events(&server, INSTALLATION).await).to_string().contains("operatos"));
}

#[actix_web::test]
async fn many_clients_do_not_fill_the_trail_with_refused_operator_tokens() {
    let server = Server::new().await;
    for last in 0..70 {
        let wrong = "x".repeat(32);
        let call = get("/v1/organizations").token(&wrong).from(&format!("198.51.100.{last}"));
        assert_eq!(server.send(call).await.problem(401), "token_invalid");
    }
    assert_eq!(events(&server, INSTALLATION).await.len(), 60);
}
