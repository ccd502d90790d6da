//! Attacks over real connections.

mod large_documents;
mod memory;

use std::sync::Arc;
use std::time::Duration;

use adapters_embedded::EmbeddedStore;
use adapters_security::{JwtIssuer, SystemClock, generate_signing_key};
use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::model::{AccessClaims, SigningKey, Timestamp};
use domain::ports::{Clock, KeyPurpose, SigningKeyRepo, TokenIssuer};
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use ring::signature::Ed25519KeyPair;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::{Api, PASSWORD, Response};
use crate::support::{Server, peak_mib};

const SECRET: &str = "secret-key-of-the-hostile-test-0123456789";

fn issuer(secret: &str) -> JwtIssuer {
    JwtIssuer::with_secret(&SecretString::from(secret), Arc::new(SystemClock)).unwrap()
}

fn sign(issuer: &JwtIssuer, claims: &AccessClaims) -> String {
    issuer.issue(claims).unwrap().0.expose_secret().to_owned()
}

async fn refused(api: &Api, token: &str, code: &str) {
    let response = api.send(api.get("/v1/me", token)).await.unwrap();
    assert_eq!((response.status, response.text("code").as_str()), (401, code), "{token}");
    let challenge = response.headers[WWW_AUTHENTICATE].to_str().unwrap();
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    let echoed = token.len() > 8 && response.body.to_string().contains(token);
    assert!(!echoed, "the token comes back: {}", response.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_and_expired_tokens_are_refused() {
    let server = Server::start_with(&[("SECRET_KEY", SECRET)]);
    let api = Api::new(&server);
    api.create("Acme", "ada@example.com").await.unwrap();
    let good = api.login("ada@example.com").await.unwrap().text("access_token");
    assert_eq!(api.send(api.get("/v1/me", &good)).await.unwrap().status, 200);

    let claims = issuer(SECRET).verify(&good).unwrap();
    refused(&api, &sign(&issuer(&SECRET.replace("secret", "forged")), &claims), "token_invalid")
        .await;
    let key = generate_signing_key(SystemClock.now()).unwrap();
    let other = JwtIssuer::with_key(&key, Arc::new(SystemClock)).unwrap();
    refused(&api, &sign(&other, &claims), "token_invalid").await;
    let past = Timestamp::new(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(365));
    let expired =
        AccessClaims { issued_at: past, expires_at: past + Duration::from_secs(60), ..claims };
    refused(&api, &sign(&issuer(SECRET), &expired), "token_expired").await;

    let parts: Vec<_> = good.split('.').collect();
    let unsigned = BASE64URL_NOPAD.encode(br#"{"alg":"none","typ":"at+jwt"}"#);
    for token in [
        format!("{unsigned}.{}.", parts[1]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>()),
        format!("{}.{}", parts[0], parts[1]),
        "x".repeat(9000),
        "..".to_owned(),
        "0".to_owned(),
    ] {
        refused(&api, &token, "token_invalid").await;
    }
}

/// The public keys are public, and may be those of another installation.
#[tokio::test(flavor = "multi_thread")]
async fn published_keys_cannot_forge_tokens() {
    let mut server = Server::start_with(&[("STORE", "embedded")]);
    Api::new(&server).create("Acme", "ada@example.com").await.unwrap();
    let good = Api::new(&server).login("ada@example.com").await.unwrap().text("access_token");
    server.terminate();
    let store = EmbeddedStore::open(&server.directory().join("data")).unwrap();
    let ours = SigningKeyRepo::list(&store, KeyPurpose::Tokens).await.unwrap().remove(0);
    drop(store);
    server.restart();
    let api = Api::new(&server);
    assert_eq!(api.send(api.get("/v1/me", &good)).await.unwrap().status, 200);

    let clock = Arc::new(SystemClock);
    let claims = JwtIssuer::with_key(&ours, clock.clone()).unwrap().verify(&good).unwrap();
    let jwks = api.send(api.get("/.well-known/jwks.json", "")).await.unwrap().body;
    let jwk = &jwks["keys"][0];
    for secret in
        [jwk["x"].as_str().unwrap(), &jwk.to_string(), &jwks.to_string(), ours.id.as_str()]
    {
        refused(&api, &sign(&issuer(secret), &claims), "token_invalid").await;
    }
    let theirs = generate_signing_key(clock.now()).unwrap();
    let disguised = SigningKey { id: ours.id.clone(), ..theirs.clone() };
    for key in [&theirs, &disguised] {
        let other = JwtIssuer::with_key(key, clock.clone()).unwrap();
        refused(&api, &sign(&other, &claims), "token_invalid").await;
    }

    let said = good.split('.').nth(1).unwrap();
    let (kid, jku) = (&ours.id, server.url("/.well-known/jwks.json"));
    let unchanged = json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid });
    let token = forge(&unchanged, said, &ours);
    assert_eq!(api.send(api.get("/v1/me", &token)).await.unwrap().status, 200);
    for (header, key) in [
        (json!({ "typ": "at+jwt", "alg": "none", "kid": kid }), &ours),
        (json!({ "typ": "at+jwt", "alg": "HS256", "kid": kid }), &ours),
        (json!({ "typ": "JWT", "alg": "EdDSA", "kid": kid }), &ours),
        (json!({ "typ": "at+jwt", "alg": "EdDSA" }), &ours),
        (json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "../../etc/passwd" }), &ours),
        (json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid, "crit": ["exp"] }), &ours),
        (json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": kid, "jku": jku }), &theirs),
        (json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": theirs.id, "jwk": jwk }), &theirs),
    ] {
        refused(&api, &forge(&header, said, key), "token_invalid").await;
    }
}

/// A token with this header and these claims, signed with `key` whatever the header says.
fn forge(header: &Value, claims: &str, key: &SigningKey) -> String {
    let message = format!("{}.{claims}", BASE64URL_NOPAD.encode(header.to_string().as_bytes()));
    let signature = Ed25519KeyPair::from_pkcs8(&key.pkcs8).unwrap().sign(message.as_bytes());
    format!("{message}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_64_mib_is_refused_and_costs_no_memory() {
    let server = Server::start();
    let api = Api::new(&server);
    // One-time allocations of the first requests do not count.
    api.create("Acme", "ada@example.com").await.unwrap();
    let before = peak_mib(&server);
    let body = vec![b' '; 64 * 1024 * 1024];
    for path in ["/v1/organizations", "/v1/auth/login"] {
        let request = api.post(path, "").header(CONTENT_TYPE, "application/json");
        let response = api.send(request.body(body.clone())).await.unwrap();
        let code = response.text("code");
        assert_eq!((response.status, code.as_str()), (413, "payload_too_large"), "{path}");
    }
    let grown = peak_mib(&server) - before;
    // Buffers up to the limit of a body, per worker and rounded up to huge pages, take 8 to 18.
    assert!(grown < 32, "{grown} MiB more for 64 MiB");
    assert_eq!(api.send(api.get("/health/ready", "")).await.unwrap().status, 200);
}

/// Without a declared length, a body is refused while it arrives.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_chunked_body_is_refused() {
    let server = Server::start();
    let address = server.url("").replace("http://", "");
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /v1/organizations HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..64 {
        if stream.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut response = vec![0; 12];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&response), "HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_repeat_no_password() {
    let server = Server::start();
    let api = Api::new(&server);
    let owner = |extra: Value| {
        let mut owner = json!({ "email": "ada@example.com", "password": PASSWORD });
        owner.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        owner
    };
    let broken = format!(r#"{{"name": "Acme", "owner": {{"password": "{PASSWORD}", }}"#);
    let mut responses: Vec<Response> = Vec::new();
    for body in [
        json!({ "name": "", "owner": owner(json!({})) }),
        json!({ "name": "Acme", "owner": owner(json!({ "email": PASSWORD })) }),
        json!({ "name": "Acme", "owner": owner(json!({ "name": 7 })) }),
        json!({ "name": "Acme", "password": PASSWORD, "owner": owner(json!({ PASSWORD: 1 })) }),
        json!({ "name": "Acme", "owner": owner(json!({ "password": [PASSWORD] })) }),
    ] {
        responses.push(api.send(api.post("/v1/organizations", "").json(&body)).await.unwrap());
    }
    let request = api.post("/v1/organizations", "").header(CONTENT_TYPE, "application/json");
    responses.push(api.send(request.body(broken)).await.unwrap());
    for response in responses {
        assert_eq!(response.status, 400, "{}", response.body);
        let secret_member = response.body["errors"].to_string().contains("unknown_field");
        assert!(
            secret_member || !response.body.to_string().contains(PASSWORD),
            "{}",
            response.body
        );
    }
    assert!(!server.stderr().contains(PASSWORD), "{}", server.stderr());
}
