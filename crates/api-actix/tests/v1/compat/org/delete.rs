//! `DELETE /org/delete`.

use serde_json::json;

use crate::compat::CHOSEN;
use crate::support::{OPERATOR, Server, delete, get, post};

#[actix_web::test]
async fn an_organization_is_deleted_once() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let response = server.send(delete("/org/delete").token(&ada.token)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let message = "Organization 'acme_inc' deleted successfully";
    assert_eq!(response.json(), json!({"message": message}));
    for path in ["/org/delete", "/org/delete?organization_name=acme_inc", "/org/delete?a=b"] {
        let again = server.send(delete(path).token(&ada.token)).await;
        assert_eq!(again.detail(404), "Organization not found");
    }
    let gone = server.send(get("/org/get?organization_name=acme_inc")).await;
    assert_eq!(gone.detail(404), "Organization 'acme_inc' not found");
    let login = server.token("ada@example.com", CHOSEN).await.err().unwrap();
    assert_eq!(login.detail(401), "Invalid credentials");
}

#[actix_web::test]
async fn its_name_and_its_addresses_can_be_registered_again() {
    let server = Server::new().await;
    let mut seen = Vec::new();
    for name in ["acme_inc", "Acme%20Inc", "ACME+INC"] {
        let ada = server.tenant("Acme Inc", "ada@example.com").await;
        let path = format!("/org/delete?organization_name={name}");
        let response = server.send(delete(&path).token(&ada.token)).await;
        assert_eq!(response.status, 200, "{}", response.text());
        assert!(!seen.contains(&ada.id));
        seen.push(ada.id);
    }
}

#[actix_web::test]
async fn only_the_own_organization_can_be_deleted() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    server.tenant("Globex", "bob@example.com").await;
    let ask = |name: &str| {
        let path = format!("/org/delete?organization_name={name}");
        server.send(delete(&path).token(&ada.token))
    };
    let said = "Not authorized to delete this organization";
    assert_eq!(ask("globex").await.detail(403), said);
    assert_eq!(ask("No%20One").await.detail(404), "Organization 'no_one' not found");
    for name in ["", "%20%20%20", "a-b-c"] {
        assert_eq!(ask(name).await.wrong()[0].1, "query.organization_name", "{name}");
    }
    for name in ["acme_inc", "globex"] {
        let path = format!("/org/get?organization_name={name}");
        assert_eq!(server.send(get(&path)).await.status, 200, "{name} is there");
    }
}

#[actix_web::test]
async fn only_owners_delete() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let admins = format!("/v1/organizations/{}/admins", ada.id);
    let bob = json!({"email": "bob@example.com", "password": CHOSEN, "role": "admin"});
    server.send(post(&admins).token(&ada.token).json(&bob)).await;
    let admin = server.token("bob@example.com", CHOSEN).await.unwrap();
    for token in [&admin[..], OPERATOR] {
        for path in ["/org/delete", "/org/delete?organization_name=acme_inc"] {
            let response = server.send(delete(path).token(token)).await;
            assert_eq!(response.detail(403), "Not authorized to delete this organization");
        }
    }
    for (call, said) in [
        (delete("/org/delete"), "Not authenticated"),
        (delete("/org/delete").header("Authorization", "Basic YTpi"), "Not authenticated"),
        (delete("/org/delete").token("garbage"), "Could not validate credentials"),
    ] {
        assert_eq!(server.send(call).await.detail(401), said);
    }
    assert_eq!(server.send(get("/admin/me").token(&ada.token)).await.status, 200);
}
