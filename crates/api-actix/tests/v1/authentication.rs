//! Authentication precedes every other check.

use serde_json::json;

use crate::support::{Server, call, get, organization, post};

#[actix_web::test]
async fn a_missing_bearer_token_is_challenged() {
    let server = Server::new().await;
    for sent in [None, Some("Basic YTpi"), Some("Bearer"), Some("Bearer "), Some("")] {
        let ask = get("/v1/me");
        let ask = if let Some(value) = sent { ask.header("Authorization", value) } else { ask };
        let response = server.send(ask).await;
        assert_eq!(response.problem(401), "unauthenticated", "{sent:?}");
        assert_eq!(response.header("www-authenticate"), "Bearer");
    }
}

#[actix_web::test]
async fn invalid_tokens_are_refused() {
    let server = Server::new().await;
    for sent in ["x", "eyJhbGciOiJub25lIn0.e30.", "..", "Bearer x"] {
        let response = server.send(get("/v1/me").token(sent)).await;
        assert_eq!(response.problem(401), "token_invalid", "{sent}");
        assert_eq!(response.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
}

#[actix_web::test]
async fn the_authentication_scheme_is_case_insensitive() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let sent = format!("{scheme} {}", ada.token);
        let response = server.send(get("/v1/me").header("Authorization", &sent)).await;
        assert_eq!(response.status, 200, "{scheme}");
    }
    let twice = get("/v1/me").token(&ada.token).token(&ada.token);
    assert_eq!(server.send(twice).await.problem(401), "unauthenticated");
}

#[actix_web::test]
async fn an_invalid_token_is_refused_where_none_is_required() {
    let server = Server::new().await;
    let create = post("/v1/organizations").json(&organization("Acme", "ada@example.com"));
    assert_eq!(server.send(create.token("x")).await.problem(401), "token_invalid");
    server.member("Acme", "ada@example.com").await;
}

#[actix_web::test]
async fn unauthenticated_requests_are_refused_before_validation() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for token in [None, Some("x")] {
        for ask in [
            get("/v1/organizations/no%20id"),
            get("/v1/organizations?limit=0"),
            get(&format!("{}/admins?limit=0", ada.path)),
            call("PATCH", &ada.path).body("{"),
            post(&format!("{}/documents", ada.path)).json(&json!([])),
            post(&format!("{}/suspend", ada.path)),
        ] {
            let ask = if let Some(token) = token { ask.token(token) } else { ask };
            let code = server.send(ask).await.problem(401);
            assert_eq!(code, if token.is_some() { "token_invalid" } else { "unauthenticated" });
        }
    }
}
