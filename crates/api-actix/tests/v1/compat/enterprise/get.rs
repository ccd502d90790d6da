//! `GET /organizations/{id}`.

use serde_json::json;

use super::is_organization;
use crate::support::{OPERATOR, Server, call, delete, get, organization, post, text};

#[actix_web::test]
async fn an_organization_is_public() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme Inc", "ada@example.com").await;
    let bob = server.founded_organization("Globex", "bob@example.com").await;
    let shown = server.send(get(&ada.path())).await.data(200, None);
    is_organization(&shown);
    assert_eq!((&shown["id"], &shown["name"]), (&json!(ada.id), &json!("Acme Inc")));
    assert_eq!(shown["admin_id"], json!(ada.admin_id));
    for token in ["garbage", &ada.token, &bob.token, OPERATOR] {
        assert_eq!(server.send(get(&ada.path()).token(token)).await.data(200, None), shown);
    }
    assert_eq!(server.send(call("HEAD", &ada.path())).await.status, 200);
}

#[actix_web::test]
async fn organizations_of_version_1_are_returned_without_private_members() {
    let server = Server::new().await;
    let mut body = organization("Acme", "ada@example.com");
    body["metadata"] = json!({"plan": "secret"});
    let created = server.send(post("/v1/organizations").json(&body)).await.json();
    let response = server.send(get(&format!("/organizations/{}", text(&created["id"])))).await;
    is_organization(&response.data(200, None));
    assert!(!response.text().contains("secret") && !response.text().contains("ada@"));
}

#[actix_web::test]
async fn unknown_organizations_are_not_found() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    server.send(delete(&ada.path()).token(&ada.token)).await;
    let unknown = format!("{}x", &ada.path()[..ada.path().len() - 1]);
    for path in [
        &ada.path()[..],
        &unknown,
        "/organizations/x",
        "/organizations/%00",
        "/organizations/507f1f77bcf86cd799439011",
    ] {
        for call in [get(path), get(path).token(&ada.token), get(path).token(OPERATOR)] {
            assert_eq!(server.send(call).await.detail(404), "Organization not found", "{path}");
        }
    }
}
