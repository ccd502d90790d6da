//! `DELETE /org/delete`.

use serde_json::json;

use crate::compat::{CHOSEN, wrong};
use crate::support::{Server, delete, get, post};

#[actix_web::test]
async fn an_organization_is_deleted_once_and_can_be_registered_again() {
    let server = Server::enveloped().await;
    let path = "/org/delete?organization_name=Acme%20Inc";
    for _ in 0..2 {
        let ada = server.tenant("Acme Inc", "ada@example.com").await;
        let response = server.send(delete(path).token(&ada.token)).await;
        let data = response.data(200, "Organization 'acme_inc' deleted successfully");
        assert_eq!(data, json!(null));
        let again = server.send(delete(path).token(&ada.token)).await;
        assert_eq!(again.detail(404), "Organization not found");
        let me = server.send(get("/admin/me").token(&ada.token)).await;
        assert_eq!(me.detail(401), "Could not validate credentials");
    }
}

#[actix_web::test]
async fn the_own_name_is_required() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let ask = |query: &str| server.send(delete(&format!("/org/delete{query}")).token(&ada.token));
    let response = ask("").await;
    assert_eq!(response.wrong(), wrong(&[("missing", "query.organization_name")]));
    for name in ["", "%20", "%20%20%20%20", "a", "a-b-c", "___"] {
        let response = ask(&format!("?organization_name={name}")).await;
        assert_eq!(response.detail(400), "Invalid organization name", "{name}");
    }
    let response = ask("?organization_name=globex").await;
    assert_eq!(response.detail(403), "Not authorized to delete this organization");
    let response = ask("?organization_name=no_one").await;
    assert_eq!(response.detail(404), "Organization 'no_one' not found");
    for name in ["acme_inc", "globex"] {
        let path = format!("/org/get?organization_name={name}");
        assert_eq!(server.send(get(&path)).await.status, 200, "{name} is there");
    }
}

#[actix_web::test]
async fn unauthorized_callers_are_refused() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let path = "/org/delete?organization_name=acme_inc";
    assert_eq!(server.send(delete(path)).await.detail(401), "Not authenticated");
    let garbage = server.send(delete(path).token("garbage")).await;
    assert_eq!(garbage.detail(401), "Could not validate credentials");
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let bob = json!({"email": "bob@example.com", "password": CHOSEN, "role": "admin"});
    server.send(post(&admins).token(&ada.token).json(&bob)).await;
    let bob = server.token("bob@example.com", CHOSEN).await.unwrap();
    let response = server.send(delete(path).token(&bob)).await;
    assert_eq!(response.detail(403), "Not authorized to delete this organization");
}
