//! Export of documents as NDJSON.

use serde_json::{Value, json};

use super::{insert, joined};
use crate::audit::{admin, event, recorded_by};
use crate::support::{Call, Member, OPERATOR, Server, call, get, post};

fn exporting(member: &Member, query: &str) -> Call {
    get(&format!("{}/documents/export{query}", member.path)).token(&member.token)
}

async fn fill(server: &Server, member: &Member, documents: usize) -> String {
    let lines: String = (0..documents)
        .map(|n| format!("{{\"_id\":\"{n:05}\",\"even\":{}}}\n", n % 2 == 0))
        .collect();
    let import = post(&format!("{}/documents/import", member.path)).token(&member.token);
    let import = import.header("Content-Type", "application/x-ndjson").body(lines.clone());
    assert_eq!(server.send(import).await.json()["inserted"], documents);
    lines
}

#[actix_web::test]
async fn documents_are_exported_as_lines_in_order_of_id() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let nothing = server.send(exporting(&ada, "")).await;
    assert_eq!((nothing.status.as_u16(), nothing.text().as_str()), (200, ""));

    let lines = fill(&server, &ada, 1050).await;
    let response = server.send(exporting(&ada, "")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), "application/x-ndjson");
    let name = format!("attachment; filename=\"documents-{}.ndjson\"", ada.id);
    assert_eq!(response.header("content-disposition"), name);
    assert_eq!(response.header("cache-control"), "no-store");
    assert_eq!(response.text(), lines);
}

#[actix_web::test]
async fn an_export_can_be_imported() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    for body in [
        json!({"_id": "\0\n\u{2028}é", "n": [u64::MAX, i64::MIN, -0.0, 5e-324, 1e300], "": {}}),
        json!({"_id": "z", "deep": [[[]]]}),
    ] {
        assert_eq!(insert(&server, &ada, &body).await.status, 201);
    }
    let lines = server.send(exporting(&ada, "")).await;
    let import = post(&format!("{}/documents/import", bob.path)).token(&bob.token);
    let import =
        import.header("Content-Type", lines.header("content-type")).body(lines.body.clone());
    assert_eq!(server.send(import).await.json()["inserted"], 2);
    assert_eq!(server.send(exporting(&bob, "")).await.text(), lines.text());
}

#[actix_web::test]
async fn an_export_can_be_filtered() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let lines = fill(&server, &ada, 250).await;
    let even: String = lines.split_inclusive('\n').filter(|line| line.contains("true")).collect();
    let filtered = server.send(exporting(&ada, "?filter=%7B%22even%22%3Atrue%7D")).await;
    assert_eq!(filtered.text(), even);
    for query in ["?filter=7", "?filter=%7B%22$where%22%3A1%7D", "?limit=7"] {
        let response = server.send(exporting(&ada, query)).await;
        assert_eq!(response.problem(400), "invalid_parameter", "{query}");
    }
}

#[actix_web::test]
async fn an_export_requires_write_access() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let path = format!("{}/documents/export", ada.path);
    let viewer = joined(&server, &ada, "viewer").await;
    for method in ["GET", "HEAD"] {
        for (token, status) in [(&viewer[..], 403), (OPERATOR, 403), (&bob.token, 404)] {
            let response = server.send(call(method, &path).token(token)).await;
            assert_eq!(response.status, status, "{method}");
        }
    }
    let writer = joined(&server, &ada, "admin").await;
    assert_eq!(server.send(get(&path).token(&writer)).await.status, 200);
}

#[actix_web::test]
async fn exports_are_recorded_but_head_requests_are_not() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    fill(&server, &ada, 1).await;
    let who = admin(&ada, "ada@example.com");
    let exported = recorded_by(&server, &ada.path, exporting(&ada, "")).await;
    let expected = event("documents.exported", &who, ("organization", &ada.id), &json!({}));
    assert_eq!(exported, [expected]);

    let path = format!("{}/documents/export", ada.path);
    let head = || call("HEAD", &path).token(&ada.token);
    assert_eq!(recorded_by(&server, &ada.path, head()).await, Vec::<Value>::new());
    let (head, full) = (server.send(head()).await, server.send(exporting(&ada, "")).await);
    for name in ["content-type", "content-disposition"] {
        assert_eq!(head.header(name), full.header(name));
    }
    assert_eq!((head.status.as_u16(), head.text().as_str()), (200, ""));
}

#[actix_web::test]
async fn export_is_not_a_valid_document_id() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/export", ada.path);
    let put = call("PUT", &path).token(&ada.token).json(&json!({"n": 1}));
    let insert = post(&format!("{}/documents", ada.path)).token(&ada.token);
    for request in [put, insert.json(&json!({"_id": "export"}))] {
        let refused = server.send(request).await;
        assert_eq!(refused.problem(400), "validation_failed");
        assert_eq!(refused.json()["errors"][0]["pointer"], "/_id");
    }
    assert!(server.send(exporting(&ada, "")).await.text().is_empty());
}
