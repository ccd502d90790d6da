//! Rate limits, and CORS.

use api_actix::AppOptions;
use domain::model::{QuotaWindow, RateLimit};
use domain::service::RateLimits;

use crate::support::{Call, Server, call, get};

/// The reference service advertised a limit and did not enforce it.
#[actix_web::test]
async fn defect_14_an_organization_is_limited_to_100_requests_a_minute() {
    let limit = |requests| RateLimit::parse(requests).unwrap();
    let limits = RateLimits {
        organization: limit(100),
        anonymous: limit(0),
        window: Some(QuotaWindow::MINUTE),
        ..RateLimits::default()
    };
    let server = Server::limited(limits).await;
    // The login has sent the first request already.
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let bob = server.tenant("Globex", "bob@example.com").await;
    for left in (0..99).rev() {
        let path = if left % 2 == 0 { "/admin/me" } else { "/v1/me" };
        let response = server.send(get(path).token(&ada.token)).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.header("ratelimit"), format!("\"organization\";r={left};t=60"));
    }
    let refused = server.send(get("/admin/me").token(&ada.token)).await;
    assert_eq!(refused.detail(429), "Too many requests");
    assert_eq!(refused.header("retry-after"), "60");
    assert_eq!(refused.header("ratelimit-policy"), "\"organization\";q=100;w=60");
    let refused = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(refused.problem(429), "rate_limited");
    let other = server.send(get("/admin/me").token(&bob.token)).await;
    assert_eq!(other.status, 200, "it is the limit of one organization");
    server.clock.advance(std::time::Duration::from_secs(60));
    assert_eq!(server.send(get("/admin/me").token(&ada.token)).await.status, 200);
}

/// The reference service echoed any origin, and allowed credentials.
#[actix_web::test]
async fn defect_14_unlisted_origins_are_not_repeated() {
    let origins = ["https://app.example.com"].map(|text| text.parse().unwrap());
    let listed =
        Server::with(AppOptions { origins: origins.into(), ..AppOptions::default() }).await;
    let unlisted = Server::new().await;
    for server in [&listed, &unlisted] {
        for path in ["/org/get?organization_name=acme", "/admin/me", "/v1/me", "/health"] {
            let from = |call: Call| call.header("Origin", "https://evil.example");
            let ask = from(call("OPTIONS", path)).header("Access-Control-Request-Method", "GET");
            for call in [from(get(path)), ask] {
                let response = server.send(call).await;
                let mut names = response.headers.keys().map(|name| name.as_str());
                assert!(!names.any(|name| name.starts_with("access-control-")), "{path}");
            }
        }
    }
    let ours = get("/admin/me").header("Origin", "https://app.example.com");
    let response = listed.send(ours).await;
    assert_eq!(response.header("access-control-allow-origin"), "https://app.example.com");
    assert_eq!(response.header("access-control-allow-credentials"), "true");
}
