//! `If-Match` and `If-None-Match`.

use serde_json::json;

use crate::support::{OPERATOR, Server, delete, get, patch, post};

#[actix_web::test]
async fn if_match_must_name_the_current_version() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let change = |condition: &str| {
        let body = json!({"description": condition});
        server.send(patch(&ada.path, &body).token(&ada.token).header("If-Match", condition))
    };
    for stale in
        ["\"1\"", "\"3\"", "W/\"2\"", "2", "\"02\"", "\"+2\"", "\"\"", "", "\"2", "\"1\", \"3\""]
    {
        let response = change(stale).await;
        assert_eq!(response.problem(412), "precondition_failed", "{stale}");
    }
    assert_eq!(change("\"2\"").await.header("etag"), "\"3\"");
    assert_eq!(change("\"1\", \"3\"").await.header("etag"), "\"4\"");
    assert_eq!(change("*").await.header("etag"), "\"5\"");
}

#[actix_web::test]
async fn if_match_applies_to_every_change() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    let created = server.send(post(&path).token(&ada.token).json(&json!({"_id": "x"}))).await;
    for call in [
        post(&format!("{}/suspend", ada.path)).token(OPERATOR),
        post(&format!("{}/activate", ada.path)).token(OPERATOR),
        delete(&ada.path).token(OPERATOR),
        delete(&ada.path).token(&ada.token),
        delete(&format!("{path}/x")).token(&ada.token),
    ] {
        let response = server.send(call.header("If-Match", "\"1\"")).await;
        assert_eq!(response.problem(412), "precondition_failed");
    }
    let remove = delete(&format!("{path}/x")).token(&ada.token);
    let response = server.send(remove.header("If-Match", created.header("etag"))).await;
    assert_eq!(response.status, 204);
}

#[actix_web::test]
async fn if_none_match_returns_304() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let document = format!("{}/documents/x", ada.path);
    let insert = post(&format!("{}/documents", ada.path)).token(&ada.token);
    server.send(insert.json(&json!({"_id": "x"}))).await;
    for path in [ada.path.clone(), format!("{}/admins/{}", ada.path, ada.admin_id), document] {
        let read =
            |known: &str| server.send(get(&path).token(&ada.token).header("If-None-Match", known));
        let first = read("\"0\"").await;
        let tag = first.header("etag");
        assert_eq!(first.status, 200);
        for known in [tag, &format!("W/{tag}"), &format!("\"0\", {tag}"), "*"] {
            let response = read(known).await;
            assert_eq!((response.status.as_u16(), response.text().as_str()), (304, ""), "{known}");
            assert_eq!(response.header("etag"), tag);
        }
    }
}
