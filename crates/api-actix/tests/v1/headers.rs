//! Security headers of every response.

use std::sync::Arc;

use api_actix::{AppOptions, Network};
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{Call, MockHasher, Response, Server, call, get, organization, post};
use domain::ports::HasherError;
use domain::service::Signup;

const TLS: &str = "strict-transport-security";

/// Checks the headers that all responses have.
fn assert_security_headers(response: &Response, of: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(response.header(name), value, "{name} of {of}");
    }
    let permissions = response.header("permissions-policy");
    for feature in ["camera", "geolocation", "microphone", "payment", "usb"] {
        assert!(permissions.contains(&format!("{feature}=()")), "{permissions} of {of}");
    }
    let policy = response.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{policy} of {of}");
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy} of {of}");
    assert_ne!(response.header("cache-control"), "", "of {of}");
    assert_ne!(response.header("x-request-id"), "", "of {of}");
}

#[actix_web::test]
async fn every_kind_of_response_has_security_headers() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let large = " ".repeat(256 * 1024 + 1);
    let calls: [(u16, &str, Call); 12] = [
        (200, "a resource", get("/v1/me").token(&ada.token)),
        (200, "HEAD", call("HEAD", "/v1/me").token(&ada.token)),
        (200, "health", get("/health/live")),
        (200, "the docs", get("/docs")),
        (200, "a script", get("/assets/docs.js")),
        (200, "figures", get("/metrics")),
        (
            201,
            "a new one",
            post("/v1/organizations").json(&organization("Globex", "b@example.com")),
        ),
        (307, "the root", get("/")),
        (401, "no token", get("/v1/me")),
        (404, "no path", get("/nothing")),
        (405, "no method", call("BREW", "/v1/me")),
        (
            413,
            "too much",
            post("/v1/organizations").header("Content-Type", "application/json").body(large),
        ),
    ];
    for (status, of, call) in calls {
        let response = server.send(call).await;
        assert_eq!(response.status.as_u16(), status, "{of}");
        assert_security_headers(&response, of);
        assert_eq!(response.header(TLS), "", "{of} did not come over TLS");
    }
}

#[actix_web::test]
async fn internal_errors_have_security_headers() {
    let clock = Arc::new(SettableClock::default());
    let mut hasher = MockHasher::new();
    hasher.expect_hash().returning(|_, _| Err(HasherError::Failed("out of luck".into())));
    let ports = domain::ports::Ports { hasher: Arc::new(hasher), ..ports(&clock).await };
    let server = Server::over(ports, clock, Signup::Open).await;
    let body = organization("Acme", "ada@example.com");
    let response = server.send(post("/v1/organizations").json(&body)).await;
    assert_eq!(response.problem(500), "internal_error");
    assert_security_headers(&response, "a failure");
}

/// The complete policy of the page: an addition needs a change here, too.
#[actix_web::test]
async fn the_docs_may_load_only_from_this_server() {
    let response = Server::new().await.send(get("/docs")).await;
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                  connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    assert_eq!(response.header("content-security-policy"), policy);
}

#[actix_web::test]
async fn hsts_is_sent_when_a_trusted_proxy_reports_tls() {
    let proxies = ["192.0.2.0/24"].map(|text| text.parse::<Network>().unwrap());
    let behind =
        AppOptions { proxies: Arc::new(proxies.into_iter().collect()), ..AppOptions::default() };
    let (behind, open) = (Server::with(behind).await, Server::new().await);
    for (name, value) in
        [("X-Forwarded-Proto", "https"), ("Forwarded", "for=198.51.100.1;proto=https")]
    {
        for (path, status) in [("/health/live", 200), ("/nothing", 404), ("/docs", 200)] {
            let ask = || get(path).header(name, value);
            let response = behind.send(ask()).await;
            assert_eq!(response.status.as_u16(), status);
            assert_eq!(response.header(TLS), "max-age=31536000", "{name} {path}");
            assert_eq!(open.send(ask()).await.header(TLS), "", "no proxy is trusted");
        }
    }
    let plain = behind.send(get("/health/live").header("X-Forwarded-Proto", "http")).await;
    assert_eq!(plain.header(TLS), "");
    let json = behind.send(post("/v1/auth/login").json(&json!({}))).await;
    assert_eq!(json.header(TLS), "");
}
