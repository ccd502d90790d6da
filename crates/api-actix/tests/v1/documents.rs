//! Documents.

mod export;
mod import;
mod quota;
mod streams;
mod usage;
mod values;

use serde_json::{Value, json};

use crate::support::{Member, OPERATOR, PASSWORD, Response, Server, delete, get, post, text};

/// Adds a document.
async fn insert(server: &Server, member: &Member, body: &Value) -> Response {
    let path = format!("{}/documents", member.path);
    server.send(post(&path).token(&member.token).json(body)).await
}

/// The token of another admin of the same organization, with this role.
async fn joined(server: &Server, member: &Member, role: &str) -> String {
    let email = format!("{role}-{}@example.com", member.id);
    let body = json!({"email": email, "role": role, "password": PASSWORD});
    let path = format!("{}/admins", member.path);
    assert_eq!(server.send(post(&path).token(&member.token).json(&body)).await.status, 201);
    server.login(&email).await
}

#[actix_web::test]
async fn documents_survive_a_round_trip() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    let body = r#"{"z":1,"_id":"a/b é","a":[1.5,18446744073709551615,null,{"":"\u0000"}]}"#;
    let insert = post(&path).token(&ada.token).header("Content-Type", "application/json");
    let created = server.send(insert.body(body)).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("location"), format!("{path}/a%2Fb%20%C3%A9"));
    let shown = r#"{"_id":"a/b é","z":1,"a":[1.5,18446744073709551615,null,{"":"\u0000"}]}"#;
    assert_eq!(created.text(), shown);

    let read = server.send(get(created.header("location")).token(&ada.token)).await;
    assert_eq!((read.text().as_str(), read.header("etag")), (shown, created.header("etag")));
    let response = server.send(delete(created.header("location")).token(&ada.token)).await;
    assert_eq!(response.status, 204);
    for call in [get, delete] {
        let response = server.send(call(created.header("location")).token(&ada.token)).await;
        assert_eq!(response.problem(404), "document_not_found");
    }
}

#[actix_web::test]
async fn ids_are_generated_or_unique() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let insert = |member: &Member, body: Value| {
        server.send(post(&format!("{}/documents", member.path)).token(&member.token).json(&body))
    };
    let one = insert(&ada, json!({})).await;
    let two = insert(&ada, json!({})).await;
    assert_ne!(text(&one.json()["_id"]), text(&two.json()["_id"]));
    assert_eq!(insert(&ada, json!({"_id": "x"})).await.status, 201);
    assert_eq!(insert(&ada, json!({"_id": "x"})).await.problem(409), "document_exists");
    assert_eq!(insert(&bob, json!({"_id": "x"})).await.status, 201, "each to its own");
}

#[actix_web::test]
async fn documents_of_another_organization_are_not_found() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let path = format!("{}/documents", bob.path);
    server.send(post(&path).token(&bob.token).json(&json!({"_id": "x"}))).await;
    for call in [
        get(&path),
        get(&format!("{path}/x")),
        delete(&format!("{path}/x")),
        post(&path).json(&json!({})),
    ] {
        let response = server.send(call.token(&ada.token)).await;
        assert_eq!(response.problem(404), "organization_not_found");
    }
    let response = server.send(get(&path).token(OPERATOR)).await;
    assert_eq!(response.problem(403), "forbidden", "an operator reads no documents");
}

#[actix_web::test]
async fn documents_survive_a_rename() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    server.send(post(&path).token(&ada.token).json(&json!({"_id": "x"}))).await;
    let rename = crate::support::patch(&ada.path, &json!({"name": "Globex"}));
    assert_eq!(server.send(rename.token(&ada.token)).await.status, 200);
    assert_eq!(server.send(get(&format!("{path}/x")).token(&ada.token)).await.status, 200);
}

#[actix_web::test]
async fn documents_over_one_mebibyte_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    let frame = json!({"_id": "x", "text": ""}).to_string().len();
    let sized = |size: usize| json!({"_id": "x", "text": "x".repeat(size - frame)});
    let insert = |size| server.send(post(&path).token(&ada.token).json(&sized(size)));
    assert_eq!(insert(1024 * 1024 + 1).await.problem(413), "payload_too_large");
    assert_eq!(insert(1024 * 1024).await.status, 201);
}

#[actix_web::test]
async fn integers_are_stored_exactly_or_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let insert = |number: &str| {
        let body = format!(r#"{{"n\"1": 1, "list": ["2", {number}]}}"#);
        let call = post(&format!("{}/documents", ada.path)).token(&ada.token);
        server.send(call.header("Content-Type", "application/json").body(body))
    };
    for kept in ["18446744073709551615", "-9223372036854775808", "1e+300", "-0.5"] {
        let response = insert(kept).await;
        assert_eq!(response.status, 201, "{kept}");
        assert!(response.text().contains(&format!("\"2\",{kept}]")), "{}", response.text());
    }
    for large in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"]
    {
        let response = insert(large).await;
        assert_eq!(response.problem(400), "validation_failed", "{large}");
        let error = &response.json()["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!("/list/1"), &json!("out_of_range"))
        );
    }
}
