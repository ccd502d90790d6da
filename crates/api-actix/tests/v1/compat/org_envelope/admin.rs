//! `POST /admin/login` and `GET /admin/me`.

use serde_json::json;

use crate::compat::{CHOSEN, keys, login, naive, wrong};
use crate::support::{OPERATOR, Server, get, post, text};

#[actix_web::test]
async fn a_login_returns_a_token() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    let response = server.send(login("/admin/login", "ADA@example.com", CHOSEN)).await;
    let data = response.data(200, "Login successful");
    assert_eq!(keys(&data), ["access_token", "token_type"]);
    assert_eq!(data["token_type"], "bearer");
    let token = text(&data["access_token"]);
    let response = server.send(get("/admin/me").token(&token)).await;
    let known = server.send(get("/v1/me").token(&token)).await.json()["admin"].clone();
    assert_eq!(
        response.data(200, "Admin retrieved successfully"),
        json!({"admin": {
            "id": ada.admin_id,
            "email": "ada@example.com",
            "role": "owner",
            "organization_id": ada.id,
            "organization_name": "acme_inc",
            "is_active": true,
            "last_login": naive(&known["last_login"]),
            "created_at": naive(&known["created_at"]),
        }})
    );
}

#[actix_web::test]
async fn unauthorized_callers_are_refused() {
    let server = Server::enveloped().await;
    let ada = server.tenant("Acme Inc", "ada@example.com").await;
    for (email, password) in [("ada@example.com", "wrong"), ("bob@example.com", CHOSEN)] {
        let response = server.send(login("/admin/login", email, password)).await;
        assert_eq!(response.detail(401), "Invalid credentials");
    }
    let response = server.send(post("/admin/login").json(&json!({"email": 1}))).await;
    let expected = [("string_type", "body.email"), ("missing", "body.password")];
    assert_eq!(response.wrong(), wrong(&expected));
    assert_eq!(server.send(get("/admin/me")).await.detail(401), "Not authenticated");
    let garbage = server.send(get("/admin/me").token("garbage")).await;
    assert_eq!(garbage.detail(401), "Could not validate credentials");
    let suspend = format!("/v1/organizations/{}/suspend", ada.id);
    server.send(post(&suspend).token(OPERATOR)).await;
    for call in
        [login("/admin/login", "ada@example.com", CHOSEN), get("/admin/me").token(&ada.token)]
    {
        assert_eq!(server.send(call).await.detail(403), "The organization is suspended");
    }
}

#[actix_web::test]
async fn paths_of_the_other_dialect_are_not_found() {
    let server = Server::enveloped().await;
    let response = server.send(login("/org/admin/login", "ada@example.com", CHOSEN)).await;
    assert_eq!(response.detail(404), "Not Found");
    let response = server.send(get("/org/create")).await;
    assert_eq!(response.detail(405), "Method Not Allowed");
    assert_eq!(response.header("allow"), "POST");
}
