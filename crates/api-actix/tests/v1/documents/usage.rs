//! Storage usage of an organization.

use serde_json::{Value, json};

use super::{insert, joined};
use crate::support::{Member, OPERATOR, Server, delete, get, patch, post};

async fn usage(server: &Server, member: &Member) -> Value {
    let response = server.send(get(&format!("{}/usage", member.path)).token(&member.token)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response.json()
}

#[actix_web::test]
async fn usage_counts_documents_and_bytes_of_json() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let unlimited = json!({"documents": 0, "bytes": 0});
    let nothing = json!({"documents": 0, "bytes": 0, "limits": unlimited});
    assert_eq!(usage(&server, &ada).await, nothing);

    // Sent with white space, and counted without.
    let call = post(&format!("{}/documents", ada.path)).token(&ada.token);
    let call = call.header("Content-Type", "application/json");
    assert_eq!(server.send(call.body("{ \"_id\" : \"x\" , \"é\" : 1.50 }")).await.status, 201);
    let size = r#"{"_id":"x","é":1.5}"#.len();
    assert_eq!(
        usage(&server, &ada).await,
        json!({"documents": 1, "bytes": size, "limits": unlimited})
    );

    let path = format!("{}/documents/x", ada.path);
    let more = patch(&path, &json!({"more": [1, 2]})).token(&ada.token);
    let size = server.send(more).await.text().len();
    assert_eq!(usage(&server, &ada).await["bytes"], size);
    assert_eq!(insert(&server, &ada, &json!({"_id": "y"})).await.status, 201);
    assert_eq!(usage(&server, &ada).await["documents"], 2);
    assert_eq!(server.send(delete(&path).token(&ada.token)).await.status, 204);
    assert_eq!(usage(&server, &ada).await["bytes"], r#"{"_id":"y"}"#.len());
}

#[actix_web::test]
async fn every_role_and_the_operator_read_the_usage() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    insert(&server, &ada, &json!({"_id": "x"})).await;
    let expected = usage(&server, &ada).await;
    let path = format!("{}/usage", ada.path);
    for role in ["owner", "admin", "viewer"] {
        let token = joined(&server, &ada, role).await;
        assert_eq!(server.send(get(&path).token(&token)).await.json(), expected, "{role}");
    }
    assert_eq!(server.send(get(&path).token(OPERATOR)).await.json(), expected);
}

#[actix_web::test]
async fn usage_of_another_organization_is_not_found() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let of = |id: &str| {
        let call = get(&format!("/v1/organizations/{id}/usage")).token(&bob.token);
        server.send(call.header("X-Request-Id", "same"))
    };
    let hers = of(&ada.id).await;
    assert_eq!(hers.problem(404), "organization_not_found");
    assert_eq!(hers.text().replace(&ada.id, "unknown"), of("unknown").await.text());
    let unknown = get("/v1/organizations/unknown/usage").token(OPERATOR);
    assert_eq!(server.send(unknown).await.problem(404), "organization_not_found");
}

#[actix_web::test]
async fn only_the_operator_reads_the_usage_of_a_suspended_organization() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    insert(&server, &ada, &json!({"_id": "x"})).await;
    let expected = usage(&server, &ada).await;
    server.send(post(&format!("{}/suspend", ada.path)).token(OPERATOR)).await;
    let path = format!("{}/usage", ada.path);
    let closed = server.send(get(&path).token(&ada.token)).await;
    assert_eq!(closed.problem(403), "organization_suspended");
    assert_eq!(server.send(get(&path).token(OPERATOR)).await.json(), expected);
}
