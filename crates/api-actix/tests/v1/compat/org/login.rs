//! `POST /org/admin/login` and `POST /admin/login`.

use std::sync::Arc;

use adapters_security::JwtIssuer;
use data_encoding::BASE64URL_NOPAD;
use domain::ports::Ports;
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use crate::compat::{CHOSEN, keys, login, sign_up, wrong};
use crate::store::ports;
use crate::support::{OPERATOR, Server, get, patch, post, text};

const PATHS: [&str; 2] = ["/org/admin/login", "/admin/login"];

#[actix_web::test]
async fn both_login_paths_return_a_token() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for path in PATHS {
        for email in ["ada@example.com", "ADA@Example.com", " ada@example.com"] {
            let response = server.send(login(path, email, CHOSEN)).await;
            assert_eq!(response.status, 200, "{}", response.text());
            assert_eq!(response.header("cache-control"), "no-store");
            let body = response.json();
            assert_eq!(keys(&body), ["access_token", "expires_in", "token_type"]);
            assert_eq!(
                (&body["token_type"], &body["expires_in"]),
                (&json!("bearer"), &json!(3600))
            );
            let token = text(&body["access_token"]);
            let me = server.send(get("/admin/me").token(&token)).await.json();
            assert_eq!(me["id"], ada.admin_id);
        }
    }
}

/// The claims of the tokens of the four reference services.
#[actix_web::test]
async fn tokens_have_the_claims_of_the_reference_services() {
    let clock = Arc::new(SettableClock::default());
    let issuer = JwtIssuer::with_secret(&"secret".repeat(8).into(), clock.clone()).unwrap();
    let ports = Ports { tokens: Arc::new(issuer), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let payload = ada.token.split('.').nth(1).unwrap();
    let payload = BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["admin_id"], ada.admin_id);
    assert_eq!(claims["organization_id"], ada.id);
    assert_eq!(claims["email"], "ada@example.com");
    assert_eq!(claims["type"], "admin");
    assert_eq!(claims["org_name"], "acme_inc");
    assert!(!text(&claims["jti"]).is_empty());
    let (issued, ends) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
    assert_eq!(ends - issued, 3600);
}

#[actix_web::test]
async fn unknown_addresses_are_answered_like_wrong_passwords() {
    let server = Server::new().await;
    server.tenant("Acme Inc", "ada@example.com").await;
    for path in PATHS {
        for (email, password) in
            [("ada@example.com", "wrong"), ("ada@example.com", ""), ("bob@example.com", CHOSEN)]
        {
            let response = server.send(login(path, email, password)).await;
            assert_eq!(response.detail(401), "Invalid credentials", "{email}");
        }
    }
}

#[actix_web::test]
async fn invalid_logins_are_reported_without_the_password() {
    let server = Server::new().await;
    for path in PATHS {
        let response = server.send(post(path).json(&json!({}))).await;
        let missing = [("missing", "body.email"), ("missing", "body.password")];
        assert_eq!(response.wrong(), wrong(&missing));
        let response = server.send(login(path, "no address", "Sesame")).await;
        assert_eq!(response.wrong(), wrong(&[("value_error", "body.email")]));
        assert!(!response.text().contains("Sesame"));
        let response = server.send(login(path, "Sesame", "Sesame")).await;
        assert!(!response.text().contains("Sesame"), "{}", response.text());
        let number = json!({"email": "ada@example.com", "password": 4711});
        let response = server.send(post(path).json(&number)).await;
        assert_eq!(response.wrong(), wrong(&[("string_type", "body.password")]));
        assert!(!response.text().contains("4711"));
    }
}

#[actix_web::test]
async fn the_reason_of_a_refused_login_requires_the_password() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let bob = json!({"email": "bob@example.com", "password": CHOSEN, "role": "viewer"});
    let bob = server.send(post(&admins).token(&ada.token).json(&bob)).await.json();
    let change = patch(&format!("{admins}/{}", text(&bob["id"])), &json!({"is_active": false}));
    assert_eq!(server.send(change.token(&ada.token)).await.status, 200);
    let suspend = format!("/v1/organizations/{}/suspend", ada.id);
    assert_eq!(server.send(post(&suspend).token(OPERATOR)).await.status, 200);
    for path in PATHS {
        let bob = server.send(login(path, "bob@example.com", CHOSEN)).await;
        assert_eq!(bob.detail(403), "The admin is deactivated");
        let ada = server.send(login(path, "ada@example.com", CHOSEN)).await;
        assert_eq!(ada.detail(403), "The organization is suspended");
        for email in ["ada@example.com", "bob@example.com"] {
            let guess = server.send(login(path, email, "wrong")).await;
            assert_eq!(guess.detail(401), "Invalid credentials");
        }
    }
}

#[actix_web::test]
async fn password_guessing_is_throttled() {
    let server = Server::new().await;
    let created =
        server.send(post("/org/create").json(&sign_up("Acme Inc", "ada@example.com"))).await;
    assert_eq!(created.status, 201);
    for n in 0..6 {
        let guess = login(PATHS[n % 2], "ada@example.com", "wrong");
        assert_eq!(server.send(guess).await.detail(401), "Invalid credentials");
    }
    for path in PATHS {
        let response = server.send(login(path, "ada@example.com", CHOSEN)).await;
        assert_eq!(response.detail(429), "Too many failed attempts");
        assert_eq!(response.header("retry-after"), "1");
    }
}
