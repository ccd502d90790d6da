//! `GET /org/get`.

use serde_json::json;

use super::expected;
use crate::compat::wrong;
use crate::support::{OPERATOR, Server, get, post};

#[actix_web::test]
async fn an_organization_is_public() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let known = expected(&server, &json!(ada.id), "ada@example.com").await;
    for name in ["acme_inc", "Acme%20Inc"] {
        let path = format!("/org/get?organization_name={name}");
        for call in [get(&path), get(&path).token("garbage")] {
            let response = server.send(call).await;
            assert_eq!(response.data(200, "Organization retrieved successfully"), known);
        }
    }
}

#[actix_web::test]
async fn a_suspended_organization_is_returned_as_inactive() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let suspend = format!("/v1/organizations/{}/suspend", ada.id);
    assert_eq!(server.send(post(&suspend).token(OPERATOR)).await.status, 200);
    let response = server.send(get("/org/get?organization_name=acme_inc")).await;
    let data = response.data(200, "Organization retrieved successfully");
    assert_eq!(data["organization"]["is_active"], false);
}

#[actix_web::test]
async fn unknown_organizations_are_not_found() {
    let server = Server::enveloped().await;
    let response = server.send(get("/org/get?organization_name=Unknown")).await;
    assert_eq!(response.detail(404), "Organization 'unknown' not found");
    let response = server.send(get("/org/get?name=Unknown")).await;
    assert_eq!(response.wrong(), wrong(&[("missing", "query.organization_name")]));
    let response = server.send(get("/org/get?organization_name=a")).await;
    assert_eq!(response.wrong(), wrong(&[("string_too_short", "query.organization_name")]));
}
