//! Behavior common to all paths of the dialect.

use std::sync::Arc;

use api_actix::AppOptions;
use domain::model::{QuotaWindow, RateLimit};
use domain::service::{RateLimits, Signup};
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When};
use serde_json::json;

use crate::compat::{CHOSEN, login, put, sign_up};
use crate::store::ports;
use crate::support::{Call, Server, call, delete, get, post};

#[actix_web::test]
async fn unknown_paths_and_methods_have_errors_of_the_dialect() {
    let server = Server::new().await;
    for path in ["/org", "/org/", "/org/other", "/org/get/x", "/admin/", "/admin/other"] {
        assert_eq!(server.send(get(path)).await.detail(404), "Not Found", "{path}");
    }
    for (method, path, allowed) in [
        ("GET", "/org/create", "POST"),
        ("POST", "/org/get", "GET, HEAD"),
        ("PATCH", "/org/update", "PUT"),
        ("GET", "/org/delete", "DELETE"),
        ("PUT", "/org/admin/login", "POST"),
        ("DELETE", "/admin/login", "POST"),
        ("POST", "/admin/me", "GET, HEAD"),
    ] {
        let response = server.send(call(method, path)).await;
        assert_eq!(response.detail(405), "Method Not Allowed", "{path}");
        assert_eq!(response.header("allow"), allowed, "{path}");
    }
}

#[actix_web::test]
async fn bodies_may_have_256_kib() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let large = "x".repeat(256 * 1024 + 1);
    for call in [
        post("/org/create"),
        post("/org/admin/login"),
        post("/admin/login"),
        call("PUT", "/org/update").token(&ada.token),
    ] {
        let call = call.header("Content-Type", "application/json").body(large.clone());
        let response = server.send(call).await;
        assert_eq!(response.detail(413), "The body may have up to 256 KiB.");
    }
}

#[actix_web::test]
async fn an_unavailable_store_is_reported() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let healthy = Server::over(ports.clone(), clock, Signup::Open).await;
    let ada = healthy.tenant("Acme Inc", "ada@example.com").await;
    let down = healthy.under(&ports, &Plan::crash(1, When::Before)).await;
    for call in [
        post("/org/create").json(&sign_up("Globex", "bob@example.com")),
        get("/org/get?organization_name=acme_inc"),
        login("/admin/login", "ada@example.com", CHOSEN),
        get("/admin/me").token(&ada.token),
        put("/org/update", &json!({})).token(&ada.token),
        delete("/org/delete").token(&ada.token),
    ] {
        let response = down.send(call).await;
        response.detail(503);
        assert_eq!(response.header("retry-after"), "2");
        assert!(!response.text().contains("injected"), "the cause is for the log");
    }
}

#[actix_web::test]
async fn requests_are_limited_with_rate_limit_headers() {
    let limit = |requests| RateLimit::parse(requests).unwrap();
    let limits = RateLimits {
        organization: limit(1),
        anonymous: limit(4),
        window: Some(QuotaWindow::MINUTE),
        ..RateLimits::default()
    };
    let server = Server::limited(limits).await;
    // Two requests without a token, and one with a token.
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let refused = server.send(get("/admin/me").token(&ada.token)).await;
    assert_eq!(refused.detail(429), "Too many requests");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(refused.header("ratelimit"), "\"organization\";r=0;t=60");
    for left in [1, 0] {
        let response = server.send(get("/org/get?organization_name=acme_inc")).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("ratelimit"), format!("\"anonymous\";r={left};t=60"));
        assert_eq!(response.header("ratelimit-policy"), "\"anonymous\";q=4;w=60");
    }
    let refused = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(refused.detail(429), "Too many requests");
}

#[actix_web::test]
async fn every_response_has_security_headers() {
    let origins = ["https://app.example.com"].map(|text| text.parse().unwrap());
    let server =
        Server::with(AppOptions { origins: origins.into(), ..AppOptions::default() }).await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let calls: [(u16, Call); 9] = [
        (200, get("/org/get?organization_name=acme_inc")),
        (404, get("/org/get?organization_name=unknown")),
        (422, get("/org/get")),
        (200, get("/admin/me").token(&ada.token)),
        (401, get("/admin/me")),
        (200, put("/org/update", &json!({})).token(&ada.token)),
        (201, post("/org/create").json(&sign_up("Globex", "bob@example.com"))),
        (405, call("PATCH", "/org/update")),
        (200, get("/health")),
    ];
    for (status, call) in calls {
        let response = server.send(call.header("Origin", "https://app.example.com")).await;
        assert_eq!(response.status, status, "{}", response.text());
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("access-control-allow-origin", "https://app.example.com"),
            ("access-control-allow-credentials", "true"),
        ] {
            assert_eq!(response.header(name), value, "{status} {name}");
        }
        for name in ["content-security-policy", "permissions-policy", "x-request-id"] {
            assert_ne!(response.header(name), "", "{status} {name}");
        }
    }
}
