//! Admins.

use serde_json::{Value, json};

use crate::support::{OPERATOR, Server, get};

#[actix_web::test]
async fn an_owner_is_shown_without_its_password() {
    let server = Server::new().await;
    let ada = server.member("Acme", "Ada@Example.com").await;
    let path = format!("{}/admins/{}", ada.path, ada.admin_id);
    let shown = server.send(get(&path).token(&ada.token)).await;
    assert_eq!(shown.header("etag"), format!("\"{}\"", shown.json()["version"]));
    assert_eq!(
        shown.json(),
        json!({
            "id": ada.admin_id,
            "organization_id": ada.id,
            "email": "Ada@Example.com",
            "name": null,
            "role": "owner",
            "is_active": true,
            "last_login": "2026-01-01T00:00:00.000Z",
            "created_at": "2026-01-01T00:00:00.000Z",
            "updated_at": "2026-01-01T00:00:00.000Z",
            "version": 2,
        })
    );
    let list = server.send(get(&format!("{}/admins", ada.path)).token(&ada.token)).await.json();
    assert_eq!(list, json!({"items": [shown.json()], "next": Value::Null}));
}

#[actix_web::test]
async fn an_operator_is_no_admin() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let answer = server.send(get(&format!("{}/admins", ada.path)).token(OPERATOR)).await;
    assert_eq!(answer.problem(403), "forbidden");
    assert_eq!(answer.json()["detail"], "Only an admin of the organization may do this.");
}

#[actix_web::test]
async fn admins_of_others_do_not_exist() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let ask = |path: String| server.send(get(&path).token(&ada.token));
    let answer = ask(format!("{}/admins/{}", ada.path, bob.admin_id)).await;
    assert_eq!(answer.problem(404), "admin_not_found");
    for path in [format!("{}/admins", bob.path), format!("{}/admins/{}", bob.path, bob.admin_id)] {
        assert_eq!(ask(path).await.problem(404), "organization_not_found");
    }
}
