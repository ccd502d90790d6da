//! Rate limits: status 429 and the headers of every response.

use serde_json::json;

use super::{body, login};
use crate::limits::limits;
use crate::support::{Response, Server, call, delete, get, post, text};

/// Expects status 429, and returns the seconds of `Retry-After`.
fn refused(response: &Response) -> u64 {
    assert_eq!(response.status, 429, "{}", response.text());
    assert_eq!(response.header("content-type"), "application/json");
    let body = response.json();
    let seconds = body["detail"]["retry_after"].as_u64().unwrap();
    let message = text(&body["detail"]["message"]);
    assert!(message.contains(&format!("in {seconds} seconds")), "{message}");
    let detail =
        json!({"error": "Rate limit exceeded", "message": message, "retry_after": seconds});
    assert_eq!(body, json!({ "detail": detail }));
    assert_eq!(response.header("retry-after"), seconds.to_string());
    seconds
}

#[actix_web::test]
async fn each_organization_has_its_own_limit() {
    let server = Server::limited(limits(3, 0, 0)).await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let bob = server.founded_organization("Globex", "bob@example.com").await;
    let put = || call("PUT", &ada.path()).json(&json!({}));
    for (call, left) in [
        (put(), 2),
        // A public route counts for the organization of the given token.
        (get("/organizations/"), 1),
        (delete(&bob.path()), 0),
    ] {
        let response = server.send(call.token(&ada.token)).await;
        assert!(response.status.as_u16() < 404, "{}", response.text());
        assert_eq!(response.header("ratelimit-policy"), r#""organization";q=3;w=60"#);
        assert_eq!(response.header("ratelimit"), format!(r#""organization";r={left};t=60"#));
    }
    for call in [put(), get("/organizations/"), get(&ada.path()), delete(&ada.path())] {
        assert_eq!(refused(&server.send(call.token(&ada.token)).await), 60);
    }
    // Both APIs share one limit.
    let there = server.send(get("/v1/me").token(&ada.token)).await;
    assert_eq!(there.problem(429), "rate_limited");
    let other = call("PUT", &bob.path()).json(&json!({})).token(&bob.token);
    assert_eq!(server.send(other).await.status, 200);
}

#[actix_web::test]
async fn anonymous_callers_are_limited_by_address() {
    let server = Server::limited(limits(0, 3, 0)).await;
    let wrong = || login("ada@example.com", "wrong");
    for (call, status) in
        [(get("/organizations/"), 200), (get("/organizations/x"), 404), (wrong(), 401)]
    {
        let response = server.send(call).await;
        assert_eq!(response.status.as_u16(), status);
        assert_eq!(response.header("ratelimit-policy"), r#""anonymous";q=3;w=60"#);
    }
    for call in [
        get("/organizations"),
        get("/organizations/x"),
        wrong(),
        post("/organizations/").json(&body("Acme", "ada@example.com")),
        get("/organizations/").token("forged"),
        get("/auth/nothing"),
    ] {
        assert_eq!(refused(&server.send(call).await), 60);
    }
    assert_eq!(server.send(get("/organizations/").from("198.51.100.1")).await.status, 200);
}

#[actix_web::test]
async fn sign_ups_have_their_own_limit_with_and_without_a_trailing_slash() {
    let server = Server::limited(limits(0, 0, 2)).await;
    for (n, path) in ["/organizations", "/organizations/"].iter().enumerate() {
        let body = body(&format!("Acme {n}"), &format!("ada{n}@example.com"));
        let response = server.send(post(path).json(&body)).await;
        assert_eq!(response.status, 201, "{}", response.text());
        assert_eq!(response.header("ratelimit"), format!(r#""signup";r={};t=60"#, 1 - n));
    }
    for path in ["/organizations", "/organizations/"] {
        let response = server.send(post(path).json(&body("Acme 3", "ada3@example.com"))).await;
        assert_eq!(refused(&response), 60);
        assert_eq!(response.header("ratelimit"), r#""signup";r=0;t=60"#);
    }
    server.clock.advance(std::time::Duration::from_secs(60));
    server.founded_organization("Acme 3", "ada3@example.com").await;
}

#[actix_web::test]
async fn password_guessing_is_answered_with_429() {
    let server = Server::new().await;
    server.founded_organization("Acme", "ada@example.com").await;
    let guess = || server.send(login("ada@example.com", "wrong"));
    let mut responses = Vec::new();
    for _ in 0..50 {
        let response = guess().await;
        if response.status == 429 {
            responses.push(refused(&response));
            break;
        }
        assert_eq!(response.detail(401), "Incorrect email or password");
    }
    assert_eq!(responses.len(), 1, "a client that guesses is slowed down");
    let seconds = std::time::Duration::from_secs(responses[0]);
    server.clock.advance(seconds);
    assert_eq!(guess().await.status, 401, "after the time it is looked at again");
}
