//! Changes and deletions with names of other organizations.

use serde_json::json;

use super::{exported, fill};
use crate::compat::{CHOSEN, put};
use crate::support::{Server, delete, get, patch};

const VICTIM: &str = "/org/get?organization_name=victim_inc";

/// R0 dropped the victim's collection and answered 409.
#[actix_web::test]
async fn defect_1_a_rename_to_a_taken_name_loses_no_document() {
    let server = Server::new().await;
    let victim = server.tenant("Victim Inc", "victim@example.com").await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let (theirs, own) = (fill(&server, &victim, 1000).await, fill(&server, &ada, 100).await);
    let before = server.send(get(VICTIM)).await.json();
    let same = ["victim_inc", "Victim Inc", "VICTIM INC", " victim inc ", "_victim_inc"];
    for name in same {
        let rename = put("/org/update", &json!({"organization_name": name})).token(&ada.token);
        let response = server.send(rename).await;
        assert_eq!(response.detail(409), "Organization 'victim_inc' already exists", "{name}");
    }
    let path = format!("/v1/organizations/{}", ada.id);
    for name in same.into_iter().chain(["Victim, Inc.", "victim-inc", "ＶＩＣＴＩＭ　ＩＮＣ"])
    {
        let rename = patch(&path, &json!({"name": name})).token(&ada.token);
        assert_eq!(server.send(rename).await.problem(409), "name_taken", "{name}");
    }
    assert_eq!(exported(&server, &victim).await, theirs);
    assert_eq!(exported(&server, &ada).await, own);
    assert_eq!(server.send(get(VICTIM)).await.json(), before);
    // R2 had merged the organizations by now, and deleting one deleted both.
    assert_eq!(server.send(delete("/org/delete").token(&ada.token)).await.status, 200);
    assert_eq!(exported(&server, &victim).await, theirs);
    assert_eq!(server.send(get(VICTIM)).await.json(), before);
}

/// R0 answered 500, and lost the caller's own documents.
#[actix_web::test]
async fn defect_5_a_rename_with_a_taken_address_changes_nothing() {
    let server = Server::new().await;
    server.tenant("Globex", "bob@example.com").await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let own = fill(&server, &ada, 100).await;
    let before = server.send(get("/org/get?organization_name=acme_inc")).await.json();
    let all = json!({
        "organization_name": "Free Name",
        "email": "bob@example.com",
        "password": "Another horse 6",
    });
    let response = server.send(put("/org/update", &all).token(&ada.token)).await;
    assert_eq!(response.detail(409), "Admin with email 'bob@example.com' already exists");
    assert_eq!(exported(&server, &ada).await, own);
    let after = server.send(get("/org/get?organization_name=acme_inc")).await.json();
    assert_eq!(after, before);
    server.token("ada@example.com", CHOSEN).await.unwrap();
    let free = server.send(get("/org/get?organization_name=free_name")).await;
    assert_eq!(free.detail(404), "Organization 'free_name' not found");

    // Version 1 needs two requests for it.
    let path = format!("/v1/organizations/{}", ada.id);
    let rename = patch(&path, &json!({"name": "Free Name"})).token(&ada.token);
    assert_eq!(server.send(rename).await.status, 200);
    let admin = format!("{path}/admins/{}", ada.admin_id);
    let change = patch(&admin, &json!({"email": "BOB@example.com"})).token(&ada.token);
    assert_eq!(server.send(change).await.problem(409), "email_taken");
    assert_eq!(exported(&server, &ada).await, own);
    server.token("ada@example.com", CHOSEN).await.unwrap();
}

/// R0 deleted the caller's own organization.
#[actix_web::test]
async fn defect_8_a_delete_that_names_another_deletes_nothing() {
    let server = Server::new().await;
    let victim = server.tenant("Victim Inc", "victim@example.com").await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let (theirs, own) = (fill(&server, &victim, 10).await, fill(&server, &ada, 10).await);
    for (query, status) in [
        ("organization_name=victim_inc", 403),
        ("organization_name=VICTIM%20INC", 403),
        ("organization_name=acme_inc&organization_name=victim_inc", 403),
        ("organization_name=unknown", 404),
    ] {
        let path = format!("/org/delete?{query}");
        server.send(delete(&path).token(&ada.token)).await.detail(status);
    }
    let path = format!("/v1/organizations/{}", victim.id);
    let response = server.send(delete(&path).token(&ada.token)).await;
    assert_eq!(response.problem(404), "organization_not_found");
    assert_eq!(exported(&server, &victim).await, theirs);
    assert_eq!(exported(&server, &ada).await, own);
}
