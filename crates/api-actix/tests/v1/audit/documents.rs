//! Audit events of documents.

use serde_json::{Value, json};

use super::{admin, change, event, events, recorded_by, response_and_events};
use crate::support::{Member, Server, delete, post};

const CONTENT: &str = "what the document says";

fn insert(ada: &Member) -> crate::support::Call {
    let body = json!({"_id": "note", "text": CONTENT});
    post(&format!("{}/documents", ada.path)).token(&ada.token).json(&body)
}

#[actix_web::test]
async fn writes_are_recorded_with_etags_but_without_contents() {
    let server = Server::audited().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (who, target) = (admin(&ada, "ada@example.com"), ("document", "note"));

    let (created, recorded_first) = response_and_events(&server, &ada.path, insert(&ada)).await;
    assert_eq!(created.status, 201);
    let changes = json!({"etag": change(Value::Null, created.header("etag").trim_matches('"'))});
    assert_eq!(recorded_first, [event("document.inserted", &who, target, &changes)]);

    let path = format!("{}/documents/note", ada.path);
    let deleted = recorded_by(&server, &ada.path, delete(&path).token(&ada.token)).await;
    assert_eq!(deleted, [event("document.deleted", &who, target, &json!({}))]);
    let whole = json!(events(&server, &ada.path).await).to_string();
    assert!(!whole.contains(CONTENT), "{whole}");
}

#[actix_web::test]
async fn refused_writes_are_not_recorded() {
    let server = Server::audited().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.send(insert(&ada)).await;
    let remove = |id: &str| delete(&format!("{}/documents/{id}", ada.path)).token(&ada.token);
    for (call, status) in [
        (insert(&ada), 409),
        (remove("other"), 404),
        (remove("note").header("If-Match", "\"x\""), 412),
    ] {
        let (response, recorded) = response_and_events(&server, &ada.path, call).await;
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(recorded, Vec::<Value>::new());
    }
}

#[actix_web::test]
async fn document_writes_are_not_recorded_by_default() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    assert_eq!(recorded_by(&server, &ada.path, insert(&ada)).await, Vec::<Value>::new());
    let path = format!("{}/documents/note", ada.path);
    let remove = delete(&path).token(&ada.token);
    assert_eq!(recorded_by(&server, &ada.path, remove).await, Vec::<Value>::new());
}
