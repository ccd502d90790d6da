//! Mounting of the dialect.

use api_actix::{AppOptions, Dialects, OrgDialect};
use serde_json::json;

use super::body;
use crate::support::{OPERATOR, Server, call, get, post};

async fn with(dialects: Dialects) -> Server {
    Server::with(AppOptions { dialects, ..AppOptions::default() }).await
}

#[actix_web::test]
async fn unmounted_paths_are_not_found() {
    for dialects in [Dialects::NONE, Dialects { enterprise: false, ..Dialects::default() }] {
        let server = with(dialects).await;
        for call in [
            post("/organizations/").json(&body("Acme", "ada@example.com")),
            get("/organizations"),
            get("/organizations/"),
            get("/organizations/x"),
            call("PUT", "/organizations/x"),
            call("DELETE", "/organizations/x").token(OPERATOR),
            post("/auth/login"),
        ] {
            assert_eq!(server.send(call).await.problem(404), "route_not_found");
        }
        let document = server.send(get("/openapi.json")).await.text().to_lowercase();
        assert!(!document.contains("\"/organizations/") && !document.contains("\"/auth/login\""));
        assert!(!document.contains("enterprise"), "nor are its schemas and its tag");
    }
}

#[actix_web::test]
async fn the_dialect_can_be_mounted_beside_any_other() {
    let org = |org| Dialects { org, enterprise: true };
    for dialects in [org(None), org(Some(OrgDialect::Plain)), org(Some(OrgDialect::Envelope))] {
        let server = with(dialects).await;
        let ada = server.founded_organization("Acme", "ada@example.com").await;
        server.send(get(&ada.path())).await.data(200, None);
        let document = server.send(get("/openapi.json")).await.json();
        let paths = document["paths"].as_object().unwrap();
        for path in ["/organizations/", "/organizations/{organization_id}", "/auth/login"] {
            assert!(paths.contains_key(path), "{path}");
        }
        assert!(!paths.contains_key("/organizations"), "it is described once");
        let tags = document["tags"].as_array().unwrap();
        assert!(tags.iter().any(|tag| tag["name"] == "Reference API: enterprise"));
    }
}

#[actix_web::test]
async fn a_known_path_lists_its_methods() {
    let server = Server::new().await;
    for (method, path, allowed) in [
        ("PATCH", "/organizations/", "GET, HEAD, POST"),
        ("PATCH", "/organizations", "GET, HEAD, POST"),
        ("PATCH", "/organizations/x", "GET, HEAD, PUT, DELETE"),
        ("POST", "/organizations/x", "GET, HEAD, PUT, DELETE"),
        ("GET", "/auth/login", "POST"),
    ] {
        let response = server.send(call(method, path)).await;
        assert_eq!(response.detail(405), "Method Not Allowed", "{method} {path}");
        assert_eq!(response.header("allow"), allowed, "{method} {path}");
    }
}

#[actix_web::test]
async fn an_unknown_path_has_an_error_of_the_dialect() {
    let server = Server::new().await;
    for path in
        ["/organizations//", "/organizations/x/", "/organizations/x/admins", "/auth/", "/auth"]
    {
        assert_eq!(server.send(get(path)).await.detail(404), "Not Found", "{path}");
    }
    assert_eq!(server.send(get("/organizationsx")).await.problem(404), "route_not_found");
}

#[actix_web::test]
async fn responses_have_the_common_headers() {
    let server = Server::new().await;
    for call in [get("/organizations/"), get("/organizations/x"), post("/organizations/")] {
        let response = server.send(call.header("X-Request-Id", "mine")).await;
        assert_eq!(response.header("x-request-id"), "mine");
        for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")] {
            assert_eq!(response.header(name), value);
        }
        for name in ["content-security-policy", "referrer-policy"] {
            assert_ne!(response.header(name), "", "{name}");
        }
    }
}

/// Sends the examples of the OpenAPI document.
#[actix_web::test]
async fn the_examples_of_the_openapi_document_work() {
    let server = Server::new().await;
    let document = json!(api_actix::openapi(Dialects::default()));
    let schema = |path: &str, method: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
            .clone()
    };
    let examples = |schema: &serde_json::Value| {
        let members = schema["properties"].as_object().unwrap().iter();
        serde_json::Value::Object(
            members.map(|(name, member)| (name.clone(), member["example"].clone())).collect(),
        )
    };
    let create = examples(&schema("/organizations/", "post"));
    let created = server.send(post("/organizations/").json(&create)).await;
    let created = created.data(201, Some("Organization created successfully"));
    let login = examples(&schema("/auth/login", "post"));
    let login = server.send(post("/auth/login").json(&login)).await;
    let token = crate::support::text(&login.data(200, Some("Login successful"))["access_token"]);
    let path = format!("/organizations/{}", crate::support::text(&created["id"]));
    let update = schema("/organizations/{organization_id}", "put")["example"].clone();
    let changed = server.send(call("PUT", &path).token(&token).json(&update)).await;
    assert_eq!(
        changed.data(200, Some("Organization updated successfully"))["name"],
        update["name"]
    );
}
