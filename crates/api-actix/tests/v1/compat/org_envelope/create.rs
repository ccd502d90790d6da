//! `POST /org/create`.

use serde_json::json;

use super::expected;
use crate::compat::{CHOSEN, sign_up, wrong};
use crate::support::{OPERATOR, Server, get, post};

#[actix_web::test]
async fn an_organization_is_created_and_returned() {
    let server = Server::enveloped().await;
    let mut body = sign_up("Acme Inc", "Ada@Example.com");
    body["plan"] = json!("is ignored");
    let response = server.send(post("/org/create").json(&body)).await;
    let data = response.data(201, "Organization 'acme_inc' created successfully");
    let id = &data["organization"]["id"];
    assert_eq!(data, expected(&server, id, "ada@example.com").await);
    assert_eq!(data["organization"]["is_active"], true);
    let path = format!("/v1/organizations/{}", id.as_str().unwrap());
    assert_eq!(server.send(get(&path).token(OPERATOR)).await.json()["name"], "acme_inc");
}

#[actix_web::test]
async fn names_and_addresses_are_unique() {
    let server = Server::enveloped().await;
    server.tenant("Acme Inc", "ada@example.com").await;
    for (name, email, said) in [
        ("ACME_INC", "bob@example.com", "Organization 'acme_inc' already exists"),
        ("Globex", "ADA@example.com", "Admin with email 'ada@example.com' already exists"),
    ] {
        let response = server.send(post("/org/create").json(&sign_up(name, email))).await;
        assert_eq!(response.detail(409), said);
    }
}

#[actix_web::test]
async fn invalid_values_are_reported() {
    let server = Server::enveloped().await;
    let body = json!({"organization_name": "a-b-c", "email": CHOSEN, "password": "Sesame"});
    let response = server.send(post("/org/create").json(&body)).await;
    let expected = [
        ("value_error", "body.organization_name"),
        ("value_error", "body.email"),
        ("string_too_short", "body.password"),
    ];
    assert_eq!(response.wrong(), wrong(&expected));
    assert!(!response.text().contains("Sesame"));
}
