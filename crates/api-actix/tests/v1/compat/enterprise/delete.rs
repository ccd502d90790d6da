//! `DELETE /organizations/{id}`.

use serde_json::{Value, json};

use super::login;
use crate::pending::accepted;
use crate::support::{OPERATOR, PASSWORD, Server, delete, get, post};

const DONE: Option<&str> = Some("Organization deleted successfully");

fn deleted(name: &str, id: &str, by: &str) -> Value {
    json!({
        "message": format!("Organization '{name}' deleted successfully"),
        "organization_id": id,
        "deleted_by": by,
        "audit_retained": true,
    })
}

#[actix_web::test]
async fn an_organization_is_deleted_by_its_owner_once() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let response = server.send(delete(&ada.path()).token(&ada.token)).await;
    assert_eq!(response.data(200, DONE), deleted("Acme", &ada.id, &ada.admin_id));

    let again = server.send(delete(&ada.path()).token(&ada.token)).await;
    assert_eq!(again.detail(404), "Organization not found");
    assert_eq!(server.send(get(&ada.path())).await.detail(404), "Organization not found");
    let login = login("ada@example.com", PASSWORD);
    assert_eq!(server.send(login).await.detail(401), "Incorrect email or password");
    let record = get(&format!("/v1{}", ada.path())).token(OPERATOR);
    let record = server.send(record).await.json();
    assert_eq!(
        (&record["status"], &record["deleted_by"]),
        (&json!("deleted"), &json!(ada.admin_id))
    );
    assert_ne!(record["deleted_at"], Value::Null);
    let trail = get(&format!("/v1{}/audit-events", ada.path())).token(OPERATOR);
    let trail = server.send(trail).await.text();
    assert!(trail.contains("organization.deleted"), "{trail}");
}

#[actix_web::test]
async fn the_operator_deletes_an_organization() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let response = server.send(delete(&ada.path()).token(OPERATOR)).await;
    assert_eq!(response.data(200, DONE), deleted("Acme", &ada.id, "operator"));
    let again = server.send(delete(&ada.path()).token(OPERATOR)).await;
    assert_eq!(again.detail(404), "Organization not found");
}

#[actix_web::test]
async fn other_callers_cannot_delete_an_organization() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let bob = server.founded_organization("Globex", "bob@example.com").await;
    let colleague = json!({"email": "eve@example.com", "password": PASSWORD, "role": "admin"});
    let admins = post(&format!("/v1{}/admins", ada.path())).json(&colleague).token(&ada.token);
    assert_eq!(server.send(admins).await.status, 201);
    let colleague = server.login("eve@example.com").await;
    for token in [&bob.token, &colleague] {
        let refused = server.send(delete(&ada.path()).token(token)).await;
        assert_eq!(refused.detail(403), "Not authorized to delete this organization");
    }
    assert_eq!(server.send(delete(&ada.path())).await.detail(401), "Not authenticated");
    let forged = server.send(delete(&ada.path()).token("forged")).await;
    assert_eq!(forged.detail(401), "Invalid or expired token");
    for path in [&ada.path(), &bob.path()] {
        server.send(get(path)).await.data(200, None);
    }
}

#[actix_web::test]
async fn unknown_organizations_are_not_found() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let bob = server.founded_organization("Globex", "bob@example.com").await;
    server.send(delete(&bob.path()).token(&bob.token)).await;
    let unknown = format!("{}x", &ada.path()[..ada.path().len() - 1]);
    for path in [&unknown[..], "/organizations/x", &bob.path()] {
        for token in [&ada.token[..], OPERATOR] {
            let response = server.send(delete(path).token(token)).await;
            assert_eq!(response.detail(404), "Organization not found", "{path}");
        }
    }
}

#[actix_web::test]
async fn an_accepted_deletion_completes_later() {
    let (server, ada, response) =
        accepted(|ada| delete(&format!("/organizations/{}", ada.id)).token(&ada.token)).await;
    assert_eq!(response.data(202, DONE), deleted("Acme", &ada.id, &ada.admin_id));
    let gone = server.send(get(&format!("/organizations/{}", ada.id))).await;
    assert_eq!(gone.detail(404), "Organization not found");
}
