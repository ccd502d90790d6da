//! Secrets that events must not contain.

use serde_json::{Value, json};

use super::INSTALLATION;
use crate::support::{OPERATOR, PASSWORD, Server, delete, get, patch, post, text};

const WRONG: &str = "a wrong password";
const COLLEAGUES: &str = "a colleague's own password";
const CHANGED: &str = "staple and a second horse";

/// Sends requests with every kind of secret, valid and invalid, and returns the secrets and the
/// issued tokens.
async fn send_secrets(server: &Server) -> (String, Vec<String>) {
    let ada = server.member("Acme", "ada@example.com").await;
    let mut tokens = Vec::new();
    let bob = json!({"email": "bob@example.com", "password": COLLEAGUES, "role": "owner"});
    let add = post(&format!("{}/admins", ada.path)).token(&ada.token).json(&bob);
    let bob = server.send(add).await.header("location").to_owned();
    for (email, password) in [
        ("ada@example.com", PASSWORD),
        ("ada@example.com", WRONG),
        ("bob@example.com", COLLEAGUES),
        // A password typed into the wrong field.
        ("correct.horse.battery@example.com", WRONG),
    ] {
        let credentials = json!({"email": email, "password": password});
        let response = server.send(post("/v1/auth/login").json(&credentials)).await.json();
        tokens.extend(["access_token", "refresh_token"].map(|name| response[name].clone()));
    }
    let refresh = json!({"refresh_token": tokens[1]});
    let response = server.send(post("/v1/auth/refresh").json(&refresh)).await.json();
    tokens.extend(["access_token", "refresh_token"].map(|name| response[name].clone()));
    for current in [WRONG, PASSWORD] {
        let change = json!({"current_password": current, "new_password": CHANGED});
        server.send(post("/v1/auth/password").token(&ada.token).json(&change)).await;
    }
    server.send(patch(&bob, &json!({"is_active": false})).token(&ada.token)).await;
    server.send(delete(&bob).token(&ada.token)).await;
    server.send(delete("/v1/auth/sessions").token(&ada.token)).await;
    server.send(delete(&ada.path).token(OPERATOR)).await;
    tokens.push(json!(ada.token));
    let tokens = tokens.iter().filter(|token| **token != Value::Null).map(text).collect();
    (ada.path, tokens)
}

#[actix_web::test]
async fn trails_contain_no_secrets() {
    let server = Server::audited().await;
    let (path, tokens) = send_secrets(&server).await;
    let mut recorded = String::new();
    for path in [&path[..], INSTALLATION] {
        for part in ["?limit=100", "/export"] {
            let path = format!("{path}/audit-events{part}");
            let response = server.send(get(&path).token(OPERATOR)).await;
            assert_eq!(response.status, 200, "{}", response.text());
            recorded += &response.text();
        }
    }
    let actions = [
        "organization.created",
        "organization.deleted",
        "admin.created",
        "admin.updated",
        "admin.deleted",
        "admin.password_changed",
        "admin.password_change_failed",
        "login.succeeded",
        "login.failed",
        "session.refreshed",
        "session.ended",
    ];
    for action in actions {
        assert!(recorded.contains(action), "{action} is recorded");
    }
    assert_eq!(tokens.len(), 7, "{tokens:?}");
    // The ids at the start of a refresh token are not secret.
    let secrets = tokens.iter().flat_map(|token| {
        let parts: Vec<_> = token.split('.').skip(2).map(str::to_owned).collect();
        [vec![token.clone()], parts].concat()
    });
    let passwords =
        [PASSWORD, WRONG, COLLEAGUES, CHANGED, OPERATOR, "correct.horse", "password_hash"];
    for secret in secrets.chain(passwords.map(str::to_owned)) {
        assert!(!recorded.contains(&secret), "{secret}: {recorded}");
    }
}
