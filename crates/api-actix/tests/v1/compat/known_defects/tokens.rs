//! Tokens that are valid for too long, and forged ones.

use std::sync::Arc;

use adapters_security::JwtIssuer;
use data_encoding::BASE64URL_NOPAD;
use domain::ports::Ports;
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use ring::hmac;
use serde_json::{Value, json};

use crate::compat::{CHOSEN, put};
use crate::store::ports;
use crate::support::{Server, delete, get, patch, post, text};

const SECRET: &str = "secret-secret-secret-secret-secret";
/// The secret keys in the repositories of the reference services.
const PUBLIC: [&str; 3] = [
    "your-secret-key-change-in-production",
    "your-super-secret-key-change-in-production",
    "change-me-change-me-change-me-change-me",
];

/// Expects that no operation accepts the token.
async fn is_refused(server: &Server, token: &str) {
    let me = server.send(get("/admin/me").token(token)).await;
    assert_eq!(me.detail(401), "Could not validate credentials");
    let update = server.send(put("/org/update", &json!({})).token(token)).await;
    assert_eq!(update.detail(401), "Could not validate credentials");
    let delete = server.send(delete("/org/delete").token(token)).await;
    assert_eq!(delete.detail(401), "Could not validate credentials");
    assert_eq!(server.send(get("/v1/me").token(token)).await.problem(401), "token_invalid");
}

#[actix_web::test]
async fn defect_11_a_token_does_not_outlive_a_password_change() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let stolen = server.token("ada@example.com", CHOSEN).await.unwrap();
    let change = put("/org/update", &json!({"password": "Another horse 6"})).token(&ada.token);
    assert_eq!(server.send(change).await.status, 200);
    is_refused(&server, &stolen).await;
    assert_eq!(server.send(get("/admin/me").token(&ada.token)).await.status, 200);

    let stolen = server.token("ada@example.com", "Another horse 6").await.unwrap();
    let body = json!({"current_password": "Another horse 6", "new_password": "A third horse 7"});
    let change = post("/v1/auth/password").token(&ada.token).json(&body);
    assert_eq!(server.send(change).await.status, 204);
    is_refused(&server, &stolen).await;
}

#[actix_web::test]
async fn defect_11_a_token_does_not_outlive_its_admin() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let mut others = Vec::new();
    for email in ["bob@example.com", "eve@example.com"] {
        let body = json!({"email": email, "password": CHOSEN, "role": "owner"});
        let created = server.send(post(&admins).token(&ada.token).json(&body)).await.json();
        let path = format!("{admins}/{}", text(&created["id"]));
        others.push((path, server.token(email, CHOSEN).await.unwrap()));
    }
    let [(bob, of_bob), (eve, of_eve)] = &others[..] else { unreachable!("there are two") };
    for token in [of_bob, of_eve] {
        assert_eq!(server.send(get("/admin/me").token(token)).await.status, 200);
    }
    let change = patch(bob, &json!({"is_active": false})).token(&ada.token);
    assert_eq!(server.send(change).await.status, 200);
    assert_eq!(server.send(delete(eve).token(&ada.token)).await.status, 204);
    for token in [of_bob, of_eve] {
        is_refused(&server, token).await;
    }
}

/// R0 has a public default key, and accepts tokens without expiry.
#[actix_web::test]
async fn defect_11_a_token_requires_the_key_of_the_server_and_an_expiry() {
    let clock = Arc::new(SettableClock::default());
    let issuer = JwtIssuer::with_secret(&SECRET.into(), clock.clone()).unwrap();
    let ports = Ports { tokens: Arc::new(issuer), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let parts: Vec<_> = ada.token.split('.').collect();
    let [head, claims] =
        [parts[0], parts[1]].map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap());
    let head: Value = serde_json::from_slice(&head).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let same = signed(&head, &claims, SECRET);
    assert_eq!(server.send(get("/admin/me").token(&same)).await.status, 200, "it is well made");
    for secret in PUBLIC {
        is_refused(&server, &signed(&head, &claims, secret)).await;
    }
    let mut endless = claims.clone();
    endless.as_object_mut().unwrap().remove("exp").unwrap();
    is_refused(&server, &signed(&head, &endless, SECRET)).await;
    endless["exp"] = json!(null);
    is_refused(&server, &signed(&head, &endless, SECRET)).await;
}

fn signed(head: &Value, claims: &Value, secret: &str) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}", part(head), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signature = hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}
