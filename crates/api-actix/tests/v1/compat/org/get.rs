//! `GET /org/get`.

use serde_json::json;

use crate::compat::{put, wrong};
use crate::support::{OPERATOR, Server, delete, get, post};

#[actix_web::test]
async fn an_organization_is_public() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let known = put("/org/update", &json!({})).token(&ada.token);
    let known = server.send(known).await.json()["organization"].clone();
    for name in ["acme_inc", "Acme%20Inc", "ACME+INC", "_acme_inc"] {
        let path = format!("/org/get?organization_name={name}&other=1");
        for call in [get(&path), get(&path).token("garbage"), get(&path).token(&ada.token)] {
            let response = server.send(call).await;
            assert_eq!(response.status, 200, "{name}: {}", response.text());
            assert_eq!(response.header("content-type"), "application/json");
            assert_eq!(response.json(), known);
        }
    }
}

#[actix_web::test]
async fn unknown_organizations_are_not_found() {
    let server = Server::new().await;
    let response = server.send(get("/org/get?organization_name=Unknown%20There")).await;
    assert_eq!(response.detail(404), "Organization 'unknown_there' not found");
    let response = server.send(get("/org/get")).await;
    assert_eq!(response.wrong(), wrong(&[("missing", "query.organization_name")]));
}

#[actix_web::test]
async fn organizations_of_version_1_are_returned_by_name() {
    let server = Server::new().await;
    let ada = server.member("Tesla, Inc.", "Ada@example.com").await;
    let found = server.send(get("/org/get?organization_name=tesla_inc")).await.json();
    assert_eq!(found["id"], ada.id);
    assert_eq!(found["organization_name"], "Tesla, Inc.");
    assert_eq!(found["admin_email"], "Ada@example.com");
}

#[actix_web::test]
async fn a_suspended_organization_is_returned_and_a_deleted_one_is_not() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let path = format!("/v1/organizations/{}", ada.id);
    server.send(post(&format!("{path}/suspend")).token(OPERATOR)).await;
    assert_eq!(server.send(get("/org/get?organization_name=acme_inc")).await.status, 200);
    server.send(delete(&path).token(OPERATOR)).await;
    let gone = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(gone.detail(404), "Organization 'acme_inc' not found");
}
