//! Rate limits, as configured.

use crate::api::{Api, Response};
use crate::support::Server;

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn configured_limits_are_enforced() {
    let server = Server::start_with(&[
        ("RATE_LIMIT_PER_ORG", "3"),
        ("RATE_LIMIT_ANONYMOUS", "5"),
        ("RATE_LIMIT_SIGNUP", "2"),
        ("RATE_LIMIT_WINDOW_SECONDS", "600"),
    ]);
    let api = Api::new(&server);
    let policies = [r#""anonymous";q=5;w=600, "signup";q=2;w=60"#, r#""organization";q=3;w=600"#];
    for name in ["first", "second"] {
        let created = api.create(name, &format!("{name}@example.com")).await.unwrap();
        assert_eq!((created.status, header(&created, "ratelimit-policy")), (201, policies[0]));
    }
    let refused = api.create("third", "third@example.com").await.unwrap();
    assert_eq!((refused.status, refused.text("code").as_str()), (429, "rate_limited"));
    assert!(header(&refused, "retry-after").parse::<u64>().unwrap() <= 60);

    let token = api.login("first@example.com").await.unwrap().text("access_token");
    for status in [200, 200, 200, 429] {
        let response = api.send(api.get("/v1/me", &token)).await.unwrap();
        assert_eq!((response.status, header(&response, "ratelimit-policy")), (status, policies[1]));
    }
    for status in [401, 429] {
        assert_eq!(api.send(api.get("/v1/me", "")).await.unwrap().status, status);
    }
}

#[tokio::test]
async fn a_window_of_zero_disables_limits() {
    let server = Server::start_with(&[
        ("RATE_LIMIT_PER_ORG", "1"),
        ("RATE_LIMIT_ANONYMOUS", "1"),
        ("RATE_LIMIT_WINDOW_SECONDS", "0"),
    ]);
    let api = Api::new(&server);
    for _ in 0..3 {
        let response = api.send(api.get("/v1/me", "")).await.unwrap();
        assert_eq!((response.status, header(&response, "ratelimit")), (401, ""));
    }
}
