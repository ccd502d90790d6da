//! `PUT /org/update`.

use serde_json::{Value, json};

use super::expected;
use crate::compat::{CHOSEN, Tenant, put, wrong};
use crate::support::{Response, Server, delete, get};

const OWN: &str = "?current_org_name=Acme%20Inc";

async fn update(server: &Server, of: &Tenant, query: &str, body: &Value) -> Response {
    server.send(put(&format!("/org/update{query}"), body).token(&of.token)).await
}

#[actix_web::test]
async fn sent_members_are_updated() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let id = json!(ada.id);
    for body in [json!({}), json!({"organization_name": null}), json!({"email": "Ada@example.com"})]
    {
        let before = expected(&server, &id, "ada@example.com").await;
        let response = update(&server, &ada, OWN, &body).await;
        assert_eq!(response.data(200, "Organization updated successfully"), before, "{body}");
    }
    let body = json!({
        "organization_name": "Acme Labs",
        "email": "ada@example.org",
        "password": "Another horse 6",
    });
    let response = update(&server, &ada, OWN, &body).await;
    let data = response.data(200, "Organization updated successfully");
    assert_eq!(data, expected(&server, &id, "ada@example.org").await);
    assert_eq!(data["organization"]["name"], "acme_labs");
    server.token("ada@example.org", "Another horse 6").await.unwrap();
    let gone = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(gone.detail(404), "Organization 'acme_inc' not found");
}

#[actix_web::test]
async fn the_current_own_name_is_required() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let rename = json!({"organization_name": "Initech"});
    let response = update(&server, &ada, "", &rename).await;
    assert_eq!(response.wrong(), wrong(&[("missing", "query.current_org_name")]));
    let response = update(&server, &ada, "?current_org_name=a-b-c", &rename).await;
    assert_eq!(response.wrong(), wrong(&[("value_error", "query.current_org_name")]));
    let response = update(&server, &ada, "?current_org_name=GLOBEX", &rename).await;
    assert_eq!(response.detail(403), "Not authorized to update this organization");
    let response = update(&server, &ada, "?current_org_name=No%20One", &rename).await;
    assert_eq!(response.detail(404), "Organization 'no_one' not found");
    let there = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(there.status, 200);
}

#[actix_web::test]
async fn taken_names_and_addresses_are_refused_and_change_nothing() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let before = expected(&server, &json!(ada.id), "ada@example.com").await;
    for (body, said) in [
        (json!({"organization_name": "GLOBEX"}), "Organization 'globex' already exists"),
        (
            json!({"organization_name": "Initech", "email": "bob@example.com"}),
            "Admin with email 'bob@example.com' already exists",
        ),
    ] {
        assert_eq!(update(&server, &ada, OWN, &body).await.detail(409), said);
        assert_eq!(expected(&server, &json!(ada.id), "ada@example.com").await, before);
    }
    server.token("ada@example.com", CHOSEN).await.unwrap();
}

#[actix_web::test]
async fn unauthorized_callers_are_refused() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let call = || put(&format!("/org/update{OWN}"), &json!({}));
    assert_eq!(server.send(call()).await.detail(401), "Not authenticated");
    let garbage = server.send(call().token("garbage")).await;
    assert_eq!(garbage.detail(401), "Could not validate credentials");
    let path = "/org/delete?organization_name=acme_inc";
    assert_eq!(server.send(delete(path).token(&ada.token)).await.status, 200);
    let gone = server.send(call().token(&ada.token)).await;
    assert_eq!(gone.detail(404), "Organization not found");
}
