//! Cross-origin requests (CORS).

use api_actix::AppOptions;

use crate::support::{Call, Response, Server, call, get, post};

const OURS: &str = "https://app.example.com";
const ALLOWED: &str = "access-control-allow-origin";
const CREDENTIALS: &str = "access-control-allow-credentials";

async fn server() -> Server {
    let origins = [OURS, "http://localhost:3000"].map(|text| text.parse().unwrap());
    Server::with(AppOptions { origins: origins.into(), ..AppOptions::default() }).await
}

fn preflight(path: &str, origin: &str) -> Call {
    call("OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "PATCH")
        .header("Access-Control-Request-Headers", "authorization,content-type,if-match")
}

fn header_words<'a>(response: &'a Response, header: &str) -> Vec<&'a str> {
    response.header(header).split(", ").collect()
}

fn assert_no_cors_headers(response: &Response) {
    let names = response.headers.keys().filter(|name| name.as_str().starts_with("access-control-"));
    assert_eq!(names.count(), 0, "{:?}", response.headers);
}

#[actix_web::test]
async fn preflight_responses_list_methods_and_headers() {
    let server = server().await;
    for path in ["/v1/organizations/x", "/v1/auth/login", "/org/update", "/admin/login"] {
        let response = server.send(preflight(path, OURS)).await;
        assert_eq!(response.status, 204);
        assert!(response.body.is_empty());
        assert_eq!(response.header(ALLOWED), OURS);
        assert_eq!(response.header("access-control-max-age"), "7200");
        assert_eq!(response.header("vary"), "Origin");
        assert_eq!(response.header(CREDENTIALS), "true");
        let methods = header_words(&response, "access-control-allow-methods");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            assert!(methods.contains(&method), "{method}");
        }
        let headers = header_words(&response, "access-control-allow-headers");
        for header in [
            "Authorization",
            "Content-Type",
            "If-Match",
            "If-None-Match",
            "Idempotency-Key",
            "X-Request-Id",
        ] {
            assert!(headers.contains(&header), "{header}");
        }
    }
}

#[actix_web::test]
async fn responses_of_every_kind_are_readable_by_listed_origins() {
    let server = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (status, call) in [
        (200, get("/v1/me").token(&ada.token)),
        (401, get("/v1/me")),
        (404, get("/nothing")),
        (405, call("BREW", "/v1/me")),
        (415, post("/v1/organizations")),
    ] {
        let response = server.send(call.header("Origin", OURS)).await;
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(response.header(ALLOWED), OURS, "{status}");
        assert_eq!(response.header(CREDENTIALS), "true", "{status}");
        assert_eq!(response.header("vary"), "Origin", "{status}");
        let exposed = header_words(&response, "access-control-expose-headers");
        for header in [
            "Content-Disposition",
            "ETag",
            "Location",
            "Link",
            "X-Request-Id",
            "RateLimit",
            "RateLimit-Policy",
            "Retry-After",
        ] {
            assert!(exposed.contains(&header), "{header}");
        }
        if status >= 400 {
            response.problem(status);
        }
    }
}

#[actix_web::test]
async fn unlisted_origins_get_no_cors_headers() {
    let server = server().await;
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "",
        "https://app.example.com.evil.example",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://app.example.com/",
    ] {
        let refused = server.send(preflight("/v1/me", origin)).await;
        assert_eq!(refused.problem(405), "method_not_allowed", "{origin}");
        assert_no_cors_headers(&refused);
        let response = server.send(get("/health/live").header("Origin", origin)).await;
        assert_eq!(response.status, 200, "it is the browser that keeps it from the page");
        assert_no_cors_headers(&response);
        assert_eq!(response.header("vary"), "Origin");
    }
    let plain = server.send(get("/health/live")).await;
    assert_no_cors_headers(&plain);
    assert_eq!(plain.header("vary"), "Origin");
}

#[actix_web::test]
async fn options_without_a_preflight_is_not_allowed() {
    let response = server().await.send(call("OPTIONS", "/v1/me").header("Origin", OURS)).await;
    assert_eq!(response.problem(405), "method_not_allowed");
    assert_eq!(response.header(ALLOWED), OURS);
}

#[actix_web::test]
async fn without_origins_cors_is_off() {
    let server = Server::new().await;
    for call in [preflight("/v1/me", OURS), get("/health/live").header("Origin", OURS)] {
        let response = server.send(call).await;
        assert_no_cors_headers(&response);
        assert_eq!(response.header("vary"), "");
    }
}
