//! `GET /admin/me`.

use serde_json::json;

use crate::compat::naive;
use crate::support::{OPERATOR, Server, delete, get, post};

#[actix_web::test]
async fn me_returns_the_own_account() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "Ada@Example.com").await;
    let response = server.send(get("/admin/me").token(&ada.token)).await;
    assert_eq!(response.status, 200, "{}", response.text());
    let known = server.send(get("/v1/me").token(&ada.token)).await.json()["admin"].clone();
    assert_eq!(
        response.json(),
        json!({
            "id": ada.admin_id,
            "email": "ada@example.com",
            "role": "owner",
            "organization_id": ada.id,
            "organization_name": "acme_inc",
            "is_active": true,
            "last_login": naive(&known["last_login"]),
            "created_at": naive(&known["created_at"]),
        })
    );
}

#[actix_web::test]
async fn callers_that_are_not_admins_are_refused() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for (call, said) in [
        (get("/admin/me"), "Not authenticated"),
        (get("/admin/me").header("Authorization", "Basic YTpi"), "Not authenticated"),
        (get("/admin/me").header("Authorization", "Bearer"), "Not authenticated"),
        (get("/admin/me").token("garbage"), "Could not validate credentials"),
    ] {
        assert_eq!(server.send(call).await.detail(401), said);
    }
    let operator = server.send(get("/admin/me").token(OPERATOR)).await;
    assert_eq!(operator.detail(403), "The caller may not do this");
    let suspend = format!("/v1/organizations/{}/suspend", ada.id);
    server.send(post(&suspend).token(OPERATOR)).await;
    let suspended = server.send(get("/admin/me").token(&ada.token)).await;
    assert_eq!(suspended.detail(403), "The organization is suspended");
}

#[actix_web::test]
async fn tokens_end_with_their_expiry_and_their_organization() {
    let server = Server::new().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let bob = server.tenant("Globex", "bob@example.com").await;
    assert_eq!(server.send(delete("/org/delete").token(&ada.token)).await.status, 200);
    let gone = server.send(get("/admin/me").token(&ada.token)).await;
    assert_eq!(gone.detail(401), "Could not validate credentials");
    server.clock.advance(std::time::Duration::from_secs(3601));
    let expired = server.send(get("/admin/me").token(&bob.token)).await;
    assert_eq!(expired.detail(401), "Could not validate credentials");
}
