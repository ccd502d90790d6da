//! Replacing and patching of documents.

use serde_json::{Value, json};

use crate::support::{Call, Server, call, delete, get, patch, post};

fn put(path: &str, body: &Value) -> Call {
    call("PUT", path).json(body)
}

#[actix_web::test]
async fn put_creates_or_replaces_a_document() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/a%2Fb", ada.path);
    let created = server.send(put(&path, &json!({"n": 1})).token(&ada.token)).await;
    assert_eq!((created.status.as_u16(), created.json()), (201, json!({"_id": "a/b", "n": 1})));
    assert_eq!(created.header("location"), path);
    let body = json!({"_id": "a/b", "m": [2]});
    let replaced = server.send(put(&path, &body).token(&ada.token)).await;
    assert_eq!((replaced.status.as_u16(), replaced.json()), (200, body.clone()));
    let read = server.send(get(&path).token(&ada.token)).await;
    assert_eq!((read.json(), read.header("etag")), (body, replaced.header("etag")));
}

#[actix_web::test]
async fn a_patch_changes_members() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let documents = format!("{}/documents", ada.path);
    let body = json!({"_id": "x", "z": 1, "a": {"b": 1, "c": 2}, "l": [1, 2], "gone": true});
    server.send(post(&documents).token(&ada.token).json(&body)).await;
    let path = format!("{documents}/x");
    let change =
        json!({"z": {"y": null, "x": 3}, "a": {"c": null, "d": {}}, "l": [3], "gone": null});
    let changed = server.send(patch(&path, &change).token(&ada.token)).await;
    let expected = json!({"_id": "x", "z": {"x": 3}, "a": {"b": 1, "d": {}}, "l": [3]});
    assert_eq!((changed.status.as_u16(), changed.json()), (200, expected));
    let read = server.send(get(&path).token(&ada.token)).await;
    assert_eq!((read.text(), read.header("etag")), (changed.text(), changed.header("etag")));
    let same =
        server.send(patch(&path, &json!({"_id": "x", "missing": null})).token(&ada.token)).await;
    assert_eq!((same.status.as_u16(), same.header("etag")), (200, changed.header("etag")));
}

#[actix_web::test]
async fn put_and_patch_honor_if_match() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/x", ada.path);
    let absent = put(&path, &json!({})).token(&ada.token).header("If-Match", "\"y\"");
    assert_eq!(server.send(absent).await.problem(412), "precondition_failed");
    let first = server.send(put(&path, &json!({"n": 1})).token(&ada.token)).await;
    let second = server.send(put(&path, &json!({"n": 2})).token(&ada.token)).await;
    for call in [put(&path, &json!({})), patch(&path, &json!({"n": 3})), delete(&path)] {
        let stale = call.token(&ada.token).header("If-Match", first.header("etag"));
        assert_eq!(server.send(stale).await.problem(412), "precondition_failed");
    }
    let call = patch(&path, &json!({"n": 3})).token(&ada.token);
    let changed = server.send(call.header("If-Match", second.header("etag"))).await;
    assert_eq!(changed.status, 200);
    let call = put(&path, &json!({"n": 4})).token(&ada.token);
    let replaced = server.send(call.header("If-Match", changed.header("etag"))).await;
    assert_eq!(replaced.status, 200);
}

#[actix_web::test]
async fn patches_to_invalid_documents_are_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/x", ada.path);
    let missing = server.send(patch(&path, &json!({"n": 1})).token(&ada.token)).await;
    assert_eq!(missing.problem(404), "document_not_found");
    let large = "x".repeat(600 * 1024);
    server.send(put(&path, &json!({"text": large})).token(&ada.token)).await;
    for (call, pointer, code) in [
        (put(&path, &json!({"_id": "y"})), "/_id", "invalid_format"),
        (put(&path, &json!({"_id": 7})), "/_id", "invalid_format"),
        (put(&path, &json!({"a": {"$b": 1}})), "/a/$b", "invalid_key"),
        (patch(&path, &json!({"_id": "y"})), "/_id", "invalid_format"),
        (patch(&path, &json!({"_id": null})), "/_id", "invalid_format"),
        (patch(&path, &json!({"a.b": 1})), "/a.b", "invalid_key"),
        (patch(&path, &json!({"more": large})), "", "too_large"),
    ] {
        let response = server.send(call.token(&ada.token)).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.errors(), [(pointer.to_owned(), code.to_owned())]);
    }
}

#[actix_web::test]
async fn viewers_cannot_write() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let viewer =
        json!({"email": "vi@example.com", "role": "viewer", "password": crate::support::PASSWORD});
    let admins = format!("{}/admins", ada.path);
    assert_eq!(server.send(post(&admins).token(&ada.token).json(&viewer)).await.status, 201);
    let vi = server.tokens("vi@example.com").await;
    let token = crate::support::text(&vi.json()["access_token"]);
    let path = format!("{}/documents/x", ada.path);
    for call in [put(&path, &json!({})), patch(&path, &json!({}))] {
        assert_eq!(server.send(call.token(&token)).await.problem(403), "forbidden");
    }
    let list = get(&format!("{}/documents?sort=a", ada.path)).token(&token);
    assert_eq!(server.send(list).await.status, 200);
}

#[actix_web::test]
async fn an_invalid_id_is_refused() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/{}", ada.path, "x".repeat(129));
    let refused = server.send(put(&path, &json!({"n": 1})).token(&ada.token)).await;
    assert_eq!(refused.problem(400), "validation_failed");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/_id");
    let all = server.send(get(&format!("{}/documents", ada.path)).token(&ada.token)).await;
    assert_eq!(all.json()["items"], json!([]));
}
