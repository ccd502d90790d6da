//! Step-up authentication: changes of an address or a password require a recent login.

use std::time::Duration;

use api_actix::{AppOptions, Dialects, OrgDialect};
use serde_json::{Value, json};

use crate::support::{Call, Member, PASSWORD, Response, Server, call, get, patch, post, text};

/// `STEP_UP_SECONDS` in these tests.
const RECENT: Duration = Duration::from_secs(900);
const SECOND: Duration = Duration::from_secs(1);
const ENVELOPE: Dialects = Dialects { org: Some(OrgDialect::Envelope), enterprise: false };

fn own(of: &Member, change: &Value) -> Call {
    patch(&format!("{}/admins/{}", of.path, of.admin_id), change).token(&of.token)
}

fn update(of: &Member, change: &Value) -> Call {
    call("PUT", "/org/update?current_org_name=acme").json(change).token(&of.token)
}

async fn is_accepted(server: &Server, token: &str) -> bool {
    server.send(get("/v1/me").token(token)).await.status == 200
}

fn assert_challenged(response: &Response) {
    assert_eq!(response.problem(401), "insufficient_user_authentication");
    let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=\"900\"";
    assert_eq!(response.header("www-authenticate"), challenge);
}

#[actix_web::test]
async fn a_change_of_the_own_address_requires_a_recent_login() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let login = server.tokens("ada@example.com").await.json();
    server.clock.advance(RECENT + SECOND);
    let change = json!({"email": "thief@example.com"});
    assert_challenged(&server.send(own(&ada, &change)).await);
    // A refresh is not a login.
    let body = json!({"refresh_token": login["refresh_token"]});
    let refreshed = server.send(post("/v1/auth/refresh").json(&body)).await.json();
    let refreshed = Member { token: text(&refreshed["access_token"]), ..ada };
    assert_challenged(&server.send(own(&refreshed, &change)).await);
    let me = server.send(get("/v1/me").token(&refreshed.token)).await.json();
    assert_eq!(me["admin"]["email"], "ada@example.com");

    let again = Member { token: server.login("ada@example.com").await, ..refreshed };
    server.clock.advance(RECENT);
    let changed = server.send(own(&again, &json!({"email": "ada@example.org"}))).await;
    assert_eq!(changed.json()["email"], "ada@example.org", "{}", changed.text());
}

#[actix_web::test]
async fn a_change_of_the_own_address_ends_the_other_sessions() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let other = server.login("ada@example.com").await;
    assert_eq!(server.send(own(&ada, &json!({"email": "ADA@example.com"}))).await.status, 200);
    assert!(is_accepted(&server, &other).await, "the same address in another case");
    assert_eq!(server.send(own(&ada, &json!({"email": "ada@example.org"}))).await.status, 200);
    assert!(!is_accepted(&server, &other).await);
    assert!(is_accepted(&server, &ada.token).await);
}

/// With two owners, the same request also demotes one, through a pending phase of the organization.
#[actix_web::test]
async fn a_change_of_address_and_role_ends_the_other_sessions() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let second = json!({"email": "bob@example.com", "password": PASSWORD, "role": "owner"});
    let admins = format!("{}/admins", ada.path);
    assert_eq!(server.send(post(&admins).json(&second).token(&ada.token)).await.status, 201);
    let other = server.login("ada@example.com").await;
    let change = json!({"email": "ada@example.org", "role": "viewer"});
    let response = server.send(own(&ada, &change)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert!(!is_accepted(&server, &other).await);
    assert!(is_accepted(&server, &ada.token).await);
}

#[actix_web::test]
async fn other_changes_require_no_recent_login() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let other = server.login("ada@example.com").await;
    let bob = json!({"email": "bob@example.com", "password": PASSWORD, "role": "admin"});
    let bob = post(&format!("{}/admins", ada.path)).json(&bob).token(&ada.token);
    let bob = text(&server.send(bob).await.json()["id"]);
    server.clock.advance(RECENT + SECOND);
    for change in [json!({"name": "Ada"}), json!({"email": "ada@example.com"}), json!({})] {
        assert_eq!(server.send(own(&ada, &change)).await.status, 200, "{change}");
    }
    let change = patch(&format!("{}/admins/{bob}", ada.path), &json!({"email": "b@example.com"}));
    assert_eq!(server.send(change.token(&ada.token)).await.status, 200);
    for change in [json!({"organization_name": "Initech"}), json!({"email": "ADA@example.com"})] {
        let change = call("PUT", "/org/update").json(&change).token(&ada.token);
        let response = server.send(change).await;
        assert_eq!(response.status, 200, "{}", response.text());
    }
    assert!(is_accepted(&server, &other).await);
}

#[actix_web::test]
async fn the_dialects_require_a_recent_login() {
    for dialects in [Dialects::default(), ENVELOPE] {
        let server = Server::with(AppOptions { dialects, ..AppOptions::default() }).await;
        let ada = server.member("Acme", "ada@example.com").await;
        server.clock.advance(RECENT + SECOND);
        for change in [
            json!({"email": "thief@example.com"}),
            json!({"password": "Another horse 6"}),
            json!({"organization_name": "Initech", "email": "thief@example.com"}),
            json!({"organization_name": "Initech", "password": "Another horse 6"}),
        ] {
            let response = server.send(update(&ada, &change)).await;
            assert_eq!(response.detail(401), "Could not validate credentials", "{change}");
            assert_eq!(response.header("www-authenticate"), "Bearer");
        }
        let me = server.send(get("/v1/me").token(&ada.token)).await.json();
        assert_eq!(me["admin"]["email"], "ada@example.com");
        assert_eq!(me["organization"]["name"], "Acme");
        server.login("ada@example.com").await;
    }
}

#[actix_web::test]
async fn address_and_password_changes_in_a_dialect_end_the_other_sessions() {
    for change in [
        json!({"email": "ada@example.org"}),
        json!({"password": "Another horse 6"}),
        json!({"organization_name": "Initech", "email": "ada@example.org"}),
        json!({"organization_name": "Initech", "email": "ada@example.org", "password": "Another horse 6"}),
    ] {
        let server = Server::new().await;
        let ada = server.member("Acme", "ada@example.com").await;
        let other = server.login("ada@example.com").await;
        let response = server.send(update(&ada, &change)).await;
        assert_eq!(response.status, 200, "{}", response.text());
        assert!(!is_accepted(&server, &other).await, "{change}");
        assert!(is_accepted(&server, &ada.token).await, "{change}");
    }
}

#[actix_web::test]
async fn step_up_refusals_count_as_attempts() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.clock.advance(RECENT + SECOND);
    let change = json!({"email": "thief@example.com"});
    for _ in 0..3 {
        assert_challenged(&server.send(own(&ada, &change)).await);
        let response = server.send(update(&ada, &change)).await;
        assert_eq!(response.detail(401), "Could not validate credentials");
    }
    let response = server.send(own(&ada, &change)).await;
    assert_eq!(response.problem(429), "too_many_attempts");
    assert_eq!(server.send(update(&ada, &change)).await.status, 429);
    server.login("ada@example.com").await;
}

#[actix_web::test]
async fn step_up_authentication_can_be_disabled() {
    let server = Server::stepping_up(None).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let other = server.login("ada@example.com").await;
    server.clock.advance(RECENT + SECOND);
    assert_eq!(server.send(own(&ada, &json!({"email": "ada@example.org"}))).await.status, 200);
    assert_eq!(
        server.send(update(&ada, &json!({"password": "Another horse 6"}))).await.status,
        200
    );
    assert!(!is_accepted(&server, &other).await);
}
