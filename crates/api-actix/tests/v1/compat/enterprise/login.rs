//! `POST /auth/login`.

use serde_json::json;

use super::login;
use crate::compat::wrong;
use crate::support::{OPERATOR, PASSWORD, Server, get, patch, post, text};

#[actix_web::test]
async fn a_token_is_accepted_by_both_apis() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "Ada@Example.com").await;
    for email in ["Ada@Example.com", "ada@example.com"] {
        let credentials = json!({"email": email, "password": PASSWORD, "remember": true});
        let login = server.send(post("/auth/login").json(&credentials)).await;
        let login = login.data(200, Some("Login successful"));
        let members: Vec<_> = login.as_object().unwrap().keys().collect();
        assert_eq!(members, ["access_token", "token_type", "admin_id", "organization_id"]);
        assert_eq!(login["token_type"], "bearer");
        assert_eq!(
            (&login["admin_id"], &login["organization_id"]),
            (&json!(ada.admin_id), &json!(ada.id))
        );
        let me = server.send(get("/v1/me").token(&text(&login["access_token"]))).await.json();
        assert_eq!(me["admin"]["id"], login["admin_id"]);
    }
}

#[actix_web::test]
async fn unknown_addresses_are_answered_like_wrong_passwords() {
    let server = Server::new().await;
    server.founded_organization("Acme", "ada@example.com").await;
    for (email, password) in [
        ("ada@example.com", "wrong"),
        ("ada@example.com", ""),
        ("bob@example.com", PASSWORD),
        (".*@example.com", PASSWORD),
    ] {
        let login = login(email, password);
        let response = server.send(login).await;
        if email.starts_with('.') {
            assert_eq!(response.wrong(), wrong(&[("value_error", "body.email")]));
        } else {
            assert_eq!(response.detail(401), "Incorrect email or password");
        }
    }
}

#[actix_web::test]
async fn the_reason_of_a_refused_login_requires_the_password() {
    let server = Server::new().await;
    let ada = server.founded_organization("Acme", "ada@example.com").await;
    let colleague = json!({"email": "eve@example.com", "password": PASSWORD, "role": "admin"});
    let admins = format!("/v1{}/admins", ada.path());
    let eve = server.send(post(&admins).json(&colleague).token(&ada.token)).await.json();
    let eve = format!("{admins}/{}", text(&eve["id"]));
    let change = patch(&eve, &json!({"is_active": false})).token(&ada.token);
    assert_eq!(server.send(change).await.status, 200);
    let login = |email: &str| login(email, PASSWORD);
    let response = server.send(login("eve@example.com")).await;
    assert_eq!(response.detail(403), "The admin is deactivated");
    server.send(post(&format!("/v1{}/suspend", ada.path())).token(OPERATOR)).await;
    let response = server.send(login("ada@example.com")).await;
    assert_eq!(response.detail(403), "The organization is suspended");
}

#[actix_web::test]
async fn invalid_values_are_reported_without_the_password() {
    let server = Server::new().await;
    let response = server.send(post("/auth/login").json(&json!({}))).await;
    let missing = [("missing", "body.email"), ("missing", "body.password")];
    assert_eq!(response.wrong(), wrong(&missing));
    let body = json!({"email": "ada", "password": ["anvil-4711"]});
    let response = server.send(post("/auth/login").json(&body)).await;
    let errors = [("value_error", "body.email"), ("string_type", "body.password")];
    assert_eq!(response.wrong(), wrong(&errors));
    assert!(!response.text().contains("anvil-4711"), "{}", response.text());
    let form = post("/auth/login")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body("email=ada@example.com&password=anvil-4711");
    let response = server.send(form).await;
    assert_eq!(response.wrong(), wrong(&[("value_error", "body")]));
    assert!(!response.text().contains("anvil-4711"), "{}", response.text());
}
