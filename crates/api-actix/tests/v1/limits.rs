//! Rate limits.

mod anonymous;
mod nodes;
mod overrides;
mod sign_ups;

use api_actix::Dialects;
use std::time::Duration;

use domain::model::{QuotaWindow, RateLimit};
use domain::service::RateLimits;
use serde_json::json;

use crate::support::{OPERATOR, Response, Server, get};

/// Limits per minute.
pub(crate) fn limits(organization: u64, anonymous: u64, sign_up: u64) -> RateLimits {
    let limit = |requests| RateLimit::parse(requests).unwrap();
    RateLimits {
        organization: limit(organization),
        anonymous: limit(anonymous),
        window: Some(QuotaWindow::MINUTE),
        sign_up: limit(sign_up),
        ..RateLimits::default()
    }
}

/// The rate limit headers: the policies, and the remaining requests.
fn rate_limit_headers(response: &Response) -> (&str, &str) {
    (response.header("ratelimit-policy"), response.header("ratelimit"))
}

/// Expects a refusal, and returns the seconds of `Retry-After`.
fn refused(response: &Response) -> u64 {
    assert_eq!(response.problem(429), "rate_limited");
    response.header("retry-after").parse().unwrap()
}

fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[actix_web::test]
async fn an_organization_may_make_exactly_its_limit_of_requests() {
    let server = Server::limited(limits(1000, 0, 0)).await;
    // The login has sent the first request already.
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    for left in (0..999).rev() {
        let response = server.send(get("/v1/me").token(&ada.token)).await;
        assert_eq!(response.status, 200);
        let left = format!(r#""organization";r={left};t=60"#);
        assert_eq!(rate_limit_headers(&response), (r#""organization";q=1000;w=60"#, &left[..]));
    }
    let response = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(refused(&response), 60);
    assert_eq!(
        rate_limit_headers(&response),
        (r#""organization";q=1000;w=60"#, r#""organization";r=0;t=60"#)
    );
    assert_eq!(
        server.send(get("/v1/me").token(&bob.token)).await.status,
        200,
        "others are not held"
    );
}

#[actix_web::test]
async fn a_window_ends_a_minute_after_its_first_request() {
    let server = Server::limited(limits(2, 0, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let me = || server.send(get("/v1/me").token(&ada.token));
    server.clock.advance(millis(18_500));
    assert_eq!(me().await.header("ratelimit"), r#""organization";r=0;t=42"#);
    assert_eq!(refused(&me().await), 42, "rounded up");
    server.clock.advance(millis(41_499));
    assert_eq!(refused(&me().await), 1);
    server.clock.advance(millis(1));
    let response = me().await;
    assert_eq!(
        (response.status.as_u16(), rate_limit_headers(&response).1),
        (200, r#""organization";r=1;t=60"#)
    );
}

#[actix_web::test]
async fn every_response_has_rate_limit_headers() {
    let server = Server::limited(limits(100, 100, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (path, status) in [("/v1/organizations/x", 404), ("/v1/organizations", 403), ("/v1/x", 404)]
    {
        let response = server.send(get(path).token(&ada.token)).await;
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(rate_limit_headers(&response).0, r#""organization";q=100;w=60"#, "{path}");
    }
    let response = server.send(get("/v1/me")).await;
    assert_eq!(rate_limit_headers(&response).0, r#""anonymous";q=100;w=60"#);
}

#[actix_web::test]
async fn operator_and_system_pages_are_not_limited() {
    let server = Server::limited(limits(1, 1, 1)).await;
    for path in ["/health/live", "/health/ready", "/metrics", "/.well-known/jwks.json", "/docs"] {
        for _ in 0..3 {
            let response = server.send(get(path)).await;
            assert_eq!(
                (response.status.as_u16(), rate_limit_headers(&response)),
                (200, ("", "")),
                "{path}"
            );
        }
    }
    for _ in 0..3 {
        let response = server.send(get("/v1/organizations").token(OPERATOR)).await;
        assert_eq!((response.status.as_u16(), rate_limit_headers(&response)), (200, ("", "")));
    }
}

#[actix_web::test]
async fn without_limits_there_are_no_rate_limit_headers() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for call in [get("/v1/me").token(&ada.token), get("/v1/me")] {
        assert_eq!(rate_limit_headers(&server.send(call).await), ("", ""));
    }
}

#[actix_web::test]
async fn refusals_are_counted_by_policy() {
    let server = Server::limited(limits(1, 4, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    for _ in 0..2 {
        refused(&server.send(get("/v1/me").token(&ada.token)).await);
    }
    for _ in 0..3 {
        server.send(get("/v1/me")).await;
    }
    let figures = server.send(get("/metrics")).await.text();
    for line in [
        r#"tenantry_rate_limited_total{policy="organization"} 2"#,
        r#"tenantry_rate_limited_total{policy="anonymous"} 1"#,
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} in {figures}");
    }
}

#[test]
fn every_operation_documents_its_rate_limit() {
    let document = json!(api_actix::openapi(Dialects::default()));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let problem = &operation["responses"]["429"]["content"]["application/problem+json"];
            let limited = problem["examples"].get("rate_limited").is_some();
            assert_eq!(limited, path.starts_with("/v1/"), "{method} {path}");
        }
    }
}
