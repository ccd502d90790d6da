//! Access tokens for other services.

use std::sync::Arc;
use std::time::Duration;

use adapters_security::{JwtIssuer, generate_signing_key};
use data_encoding::BASE64URL_NOPAD;
use domain::ports::{Clock, Ports};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use crate::store::ports;
use crate::support::{Response, Server, get, post, text};

async fn server() -> Server {
    let clock = Arc::new(SettableClock::default());
    let key = generate_signing_key(clock.now()).unwrap();
    let tokens = Arc::new(JwtIssuer::with_key(&key, clock.clone()).unwrap());
    Server::over(Ports { tokens, ..ports(&clock).await }, clock, Signup::Open).await
}

async fn ask(server: &Server, token: &str, audience: &str) -> Response {
    server.send(post("/v1/auth/token").json(&json!({"audience": audience})).token(token)).await
}

/// The header and the claims of a token.
fn parts(token: &str) -> [Value; 2] {
    let part = |index| {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
    };
    [part(0), part(1)]
}

#[actix_web::test]
async fn a_token_for_another_service_differs_in_audience_and_expiry() {
    let server = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.clock.advance(Duration::from_secs(60));
    for audience in ["billing", "https://crm.example.com"] {
        let response = ask(&server, &ada.token, audience).await;
        assert_eq!(response.status, 200, "{}", response.text());
        assert_eq!(response.header("cache-control"), "no-store");
        let issued = response.json();
        assert_eq!((&issued["token_type"], &issued["expires_in"]), (&json!("Bearer"), &json!(300)));
        let [header, claims] = parts(&text(&issued["access_token"]));
        let [own_header, mut own] = parts(&ada.token);
        assert_eq!(header, own_header);
        assert_ne!(claims["jti"], own["jti"]);
        let issued_at = own["iat"].as_i64().unwrap() + 60;
        for (name, value) in [
            ("aud", json!(audience)),
            ("jti", claims["jti"].clone()),
            ("iat", json!(issued_at)),
            ("exp", json!(issued_at + 300)),
        ] {
            own[name] = value;
        }
        assert_eq!(claims, own);
    }
}

#[actix_web::test]
async fn a_token_for_another_service_is_refused_here() {
    let server = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let token = text(&ask(&server, &ada.token, "billing").await.json()["access_token"]);
    for path in ["/v1/me", &ada.path] {
        assert_eq!(server.send(get(path).token(&token)).await.problem(401), "token_invalid");
    }
    assert_eq!(ask(&server, &token, "billing").await.problem(401), "token_invalid");
    let response = server.send(get("/admin/me").token(&token)).await;
    assert_eq!(response.detail(401), "Could not validate credentials");
}

#[actix_web::test]
async fn an_unknown_audience_is_refused_with_its_pointer() {
    let server = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (audience, code) in [
        ("shipping", "invalid_format"),
        ("Billing", "invalid_format"),
        ("tenantry", "invalid_format"),
        ("", "empty"),
        ("billing,https://crm.example.com", "invalid_format"),
        ("bill ing", "invalid_character"),
        (&"x".repeat(129), "too_long"),
    ] {
        let response = ask(&server, &ada.token, audience).await;
        assert_eq!(response.problem(400), "validation_failed", "{audience}");
        assert_eq!(response.errors(), [("/audience".to_owned(), code.to_owned())], "{audience}");
    }
    for body in [json!({}), json!({"audience": ["billing"]}), json!({"audience": null})] {
        let response = server.send(post("/v1/auth/token").json(&body).token(&ada.token)).await;
        assert_eq!(response.problem(400), "validation_failed", "{body}");
    }
}

#[actix_web::test]
async fn issued_tokens_are_recorded_and_refusals_are_not() {
    let server = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    ask(&server, &ada.token, "billing").await;
    ask(&server, &ada.token, "shipping").await;
    let path = format!("{}/audit-events?action=token.issued", ada.path);
    let events = server.send(get(&path).token(&ada.token)).await.json();
    let [event] = &events["items"].as_array().unwrap()[..] else { panic!("{events}") };
    assert_eq!(event["actor"]["id"], ada.admin_id);
    assert_eq!(event["target"]["type"], "session");
    assert_eq!(event["changes"], json!({"audience": {"before": null, "after": "billing"}}));
}

#[actix_web::test]
async fn tokens_for_another_service_do_not_outlive_their_session() {
    let server = server().await;
    server.member("Acme", "ada@example.com").await;
    let mut login = server.tokens("ada@example.com").await.json();
    let end = 30 * 24 * 3600;
    server.clock.advance(Duration::from_secs(end - 60));
    let body = json!({"refresh_token": login["refresh_token"]});
    login = server.send(post("/v1/auth/refresh").json(&body)).await.json();
    let issued = ask(&server, &text(&login["access_token"]), "billing").await.json();
    assert_eq!(issued["expires_in"], 60);
}
