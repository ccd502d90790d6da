//! Storage quotas.

use serde_json::{Value, json};

use super::insert;
use crate::audit::{change, events};
use crate::support::{Member, OPERATOR, Response, Server, call, delete, get, patch};

const MAX: u64 = 9_007_199_254_740_991;

async fn set(server: &Server, member: &Member, quota: Value) -> Response {
    let response = try_set(server, member, quota).await;
    assert_eq!(response.status, 200, "{}", response.text());
    response
}

async fn try_set(server: &Server, member: &Member, quota: Value) -> Response {
    server.send(patch(&member.path, &json!({ "quota": quota })).token(OPERATOR)).await
}

async fn put(server: &Server, member: &Member, id: &str, body: Value) -> Response {
    let path = format!("{}/documents/{id}", member.path);
    server.send(call("PUT", &path).token(&member.token).json(&body)).await
}

async fn remove(server: &Server, member: &Member, id: &str) {
    let path = format!("{}/documents/{id}", member.path);
    assert_eq!(server.send(delete(&path).token(&member.token)).await.status, 204);
}

#[actix_web::test]
async fn documents_over_the_quota_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    set(&server, &ada, json!({"documents": 2})).await;
    for id in ["a", "b"] {
        assert_eq!(insert(&server, &ada, &json!({ "_id": id })).await.status, 201);
    }
    let refused = insert(&server, &ada, &json!({"_id": "c"})).await;
    assert_eq!(refused.problem(403), "quota_exceeded");
    assert!(refused.json()["detail"].as_str().unwrap().contains("documents"));
    assert_eq!(put(&server, &ada, "c", json!({})).await.problem(403), "quota_exceeded");
    assert_eq!(put(&server, &ada, "b", json!({"n": 1})).await.status, 200, "it is none more");

    remove(&server, &ada, "a").await;
    assert_eq!(put(&server, &ada, "c", json!({})).await.status, 201, "there is room again");
    let usage = server.send(get(&format!("{}/usage", ada.path)).token(&ada.token)).await.json();
    assert_eq!((&usage["documents"], &usage["limits"]["documents"]), (&json!(2), &json!(2)));
}

#[actix_web::test]
async fn bytes_over_the_quota_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = |size: usize| json!({"_id": "x", "text": "x".repeat(size - 21)});
    assert_eq!(body(100).to_string().len(), 100);
    set(&server, &ada, json!({"bytes": 100})).await;
    assert_eq!(insert(&server, &ada, &body(101)).await.problem(403), "quota_exceeded");
    assert_eq!(insert(&server, &ada, &body(100)).await.status, 201);
    let grown = put(&server, &ada, "x", body(101)).await;
    assert_eq!(grown.problem(403), "quota_exceeded");
    assert!(grown.json()["detail"].as_str().unwrap().contains("bytes"));
    let path = format!("{}/documents/x", ada.path);
    let grown = server.send(patch(&path, &json!({"n": 1})).token(&ada.token)).await;
    assert_eq!(grown.problem(403), "quota_exceeded");
    let shrunk = server.send(patch(&path, &json!({"text": "x"})).token(&ada.token)).await;
    assert_eq!(shrunk.status, 200);
    assert_eq!(server.send(get(&path).token(&ada.token)).await.json()["text"], "x");
}

#[actix_web::test]
async fn a_lowered_quota_applies_immediately_and_usage_above_it_can_shrink() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for id in ["a", "b", "c"] {
        assert_eq!(put(&server, &ada, id, json!({"text": "x".repeat(100)})).await.status, 201);
    }
    set(&server, &ada, json!({"documents": 1, "bytes": 50})).await;
    assert_eq!(put(&server, &ada, "d", json!({})).await.problem(403), "quota_exceeded");
    let longer = put(&server, &ada, "a", json!({"text": "x".repeat(101)})).await;
    assert_eq!(longer.problem(403), "quota_exceeded");
    let as_long = put(&server, &ada, "a", json!({"text": "y".repeat(100)})).await;
    assert_eq!(as_long.status, 200);
    assert_eq!(put(&server, &ada, "a", json!({"text": "y"})).await.status, 200);
    remove(&server, &ada, "b").await;
    assert_eq!(put(&server, &ada, "d", json!({})).await.problem(403), "quota_exceeded");
    set(&server, &ada, Value::Null).await;
    assert_eq!(put(&server, &ada, "d", json!({})).await.status, 201, "there is no quota any more");
}

#[actix_web::test]
async fn missing_members_stay_and_null_removes_a_limit() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let shown = |response: &Response| response.json()["quota"].clone();
    let own = server.send(get(&ada.path).token(&ada.token)).await;
    assert_eq!(shown(&own), json!({"documents": 0, "bytes": 0}));
    for (sent, after) in [
        (json!({"documents": 7}), (7, 0)),
        (json!({"bytes": MAX}), (7, MAX)),
        (json!({"documents": null}), (0, MAX)),
        (json!({"documents": 1, "bytes": null}), (1, 0)),
        (json!({"documents": 2, "bytes": 3}), (2, 3)),
        (Value::Null, (0, 0)),
    ] {
        let response = set(&server, &ada, sent).await;
        assert_eq!(shown(&response), json!({"documents": after.0, "bytes": after.1}));
    }
}

#[actix_web::test]
async fn invalid_quotas_are_refused_with_their_pointer() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for (quota, place, code) in [
        (json!(7), "/quota", "type"),
        (json!({"documents": -1}), "/quota/documents", "type"),
        (json!({"documents": 1.5}), "/quota/documents", "type"),
        (json!({"bytes": "7"}), "/quota/bytes", "type"),
        (json!({"bytes": MAX + 1}), "/quota/bytes", "invalid_format"),
        (json!({"megabytes": 1}), "/quota/megabytes", "unknown_field"),
    ] {
        let response = try_set(&server, &ada, quota).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors(), [(place.to_owned(), code.to_owned())]);
    }
    let after = server.send(get(&ada.path).token(&ada.token)).await;
    assert_eq!(after.json()["version"], 2, "nothing was changed");
}

#[actix_web::test]
async fn only_the_operator_sets_a_quota_and_only_with_other_limits() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let quota = json!({"quota": {"documents": 7}});
    let refused = server.send(patch(&ada.path, &quota).token(&ada.token)).await;
    assert_eq!(refused.problem(403), "forbidden");
    assert!(refused.json()["detail"].as_str().unwrap().contains("operator"));
    let with_name = json!({"name": "Globex", "quota": {"documents": 7}});
    let refused = server.send(patch(&ada.path, &with_name).token(OPERATOR)).await;
    assert_eq!(refused.problem(403), "forbidden");
    let both = json!({"rate_limit": 9, "quota": {"documents": 7}});
    let response = server.send(patch(&ada.path, &both).token(OPERATOR)).await.json();
    assert_eq!((&response["rate_limit"], &response["quota"]["documents"]), (&json!(9), &json!(7)));
}

#[actix_web::test]
async fn quota_changes_are_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    set(&server, &ada, json!({"documents": 7})).await;
    let events = events(&server, &ada.path).await;
    let updated = events.iter().find(|event| event["action"] == "organization.updated").unwrap();
    assert_eq!(updated["actor"]["type"], "operator");
    let (before, after) =
        (json!({"documents": 0, "bytes": 0}), json!({"documents": 7, "bytes": 0}));
    assert_eq!(updated["changes"], json!({"quota": change(before, after)}));
}
