//! Routing errors of the framework, rendered as problems.

use crate::support::{OPERATOR, Server, call, get, post};

#[actix_web::test]
async fn an_unknown_path_is_a_problem() {
    let server = Server::new().await;
    for path in ["/nothing", "/v1", "/v1/", "/v2/organizations", "/v1/organizations/", "/v1/%00"] {
        let response = server.send(get(path)).await;
        assert_eq!(response.problem(404), "route_not_found", "{path}");
        assert_eq!(response.json()["instance"], path);
    }
}

/// Rules of a reverse proxy apply to the path as it is written.
#[actix_web::test]
async fn only_parameters_of_a_path_may_be_percent_encoded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for path in ["/%6Detrics", "/metric%73", "/%64ocs", "/v1/m%65", "/v1%2Fme", "/%6Frg/get"] {
        let response = server.send(get(path).token(&ada.token)).await;
        assert_eq!(response.status, 404, "{path}");
        let response = server.send(call("HEAD", path).token(&ada.token)).await;
        assert_eq!(response.status, 404, "{path}");
    }
    let id = ada.path.rsplit('/').next().unwrap();
    let encoded: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let path = ada.path.replace(id, &encoded);
    assert_eq!(server.send(get(&path).token(&ada.token)).await.status, 200, "{path}");
}

#[actix_web::test]
async fn a_known_path_lists_its_methods() {
    let server = Server::new().await;
    for (method, path, allowed) in [
        ("PUT", "/v1/organizations", "GET, HEAD, POST"),
        ("POST", "/v1/organizations/x", "GET, HEAD, PATCH, DELETE"),
        ("GET", "/v1/organizations/x/suspend", "POST"),
        ("GET", "/v1/auth/login", "POST"),
        ("POST", "/v1/organizations/x/documents/y", "GET, HEAD, PUT, PATCH, DELETE"),
        ("BREW", "/v1/me", "GET, HEAD"),
        ("POST", "/health/live", "GET, HEAD"),
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/docs/", "GET, HEAD"),
        ("PUT", "/redoc/", "GET, HEAD"),
    ] {
        let response = server.send(call(method, path).token(OPERATOR)).await;
        assert_eq!(response.problem(405), "method_not_allowed", "{method} {path}");
        assert_eq!(response.header("allow"), allowed, "{method} {path}");
    }
}

#[actix_web::test]
async fn head_is_answered_like_get() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let response = server.send(call("HEAD", &ada.path).token(&ada.token)).await;
    assert_eq!((response.status.as_u16(), response.header("etag")), (200, "\"2\""));
}

#[actix_web::test]
async fn the_root_redirects_to_the_docs() {
    let server = Server::new().await;
    for method in ["GET", "HEAD"] {
        let response = server.send(call(method, "/")).await;
        assert_eq!(
            (response.status.as_u16(), response.header("location")),
            (307, "/docs"),
            "{method}"
        );
    }
}

#[actix_web::test]
async fn request_ids_are_taken_from_the_header_or_generated() {
    let server = Server::new().await;
    let ask = |id: &str| server.send(get("/v1/me").header("X-Request-Id", id));
    for id in ["a", "0.A_b-c", &"x".repeat(128)] {
        let response = ask(id).await;
        assert_eq!(response.header("x-request-id"), id);
        assert_eq!(response.json()["request_id"], id);
    }
    let mut fresh = Vec::new();
    for id in ["", " ", "a b", "a/b", "é", "\"", &"x".repeat(129)] {
        let response = ask(id).await;
        assert_ne!(response.header("x-request-id"), id);
        assert_eq!(response.problem(401), "unauthenticated");
        fresh.push(response.header("x-request-id").to_owned());
    }
    fresh.sort();
    fresh.dedup();
    assert_eq!(fresh.len(), 7, "no two are alike");
}

#[actix_web::test]
async fn a_path_template_is_not_a_route() {
    let server = Server::new().await;
    let response =
        server.send(get("/v1/organizations/%7Borganization_id%7D").token(OPERATOR)).await;
    assert_eq!(response.problem(404), "organization_not_found");
    let response = server.send(post("/v1/organizations/a%2Fsuspend").token(OPERATOR)).await;
    assert_eq!(response.problem(405), "method_not_allowed");
}
