//! `PUT /organizations/{id}`.

use serde_json::{Value, json};

use super::is_organization;
use crate::compat::{Tenant, wrong};
use crate::pending::accepted;
use crate::support::{OPERATOR, Response, Server, call, delete, get, patch, post};

const DONE: Option<&str> = Some("Organization updated successfully");

async fn put(server: &Server, path: &str, token: &str, body: &Value) -> Response {
    server.send(call("PUT", path).token(token).json(body)).await
}

async fn two(server: &Server) -> [Tenant; 2] {
    let ada = server.founded_organization("Acme Inc", "ada@example.com").await;
    [ada, server.founded_organization("Globex", "bob@example.com").await]
}

#[actix_web::test]
async fn name_and_description_are_updated() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    let body = json!({"name": "Acme Worldwide", "description": "Rockets", "plan": 7});
    let changed = put(&server, &ada.path(), &ada.token, &body).await.data(200, DONE);
    is_organization(&changed);
    assert_eq!((&changed["id"], &changed["admin_id"]), (&json!(ada.id), &json!(ada.admin_id)));
    assert_eq!((&changed["name"], &changed["description"]), (&body["name"], &body["description"]));
    if std::env::var("TENANTRY_TEST_PLACEMENT").is_err() {
        assert_eq!(changed["collection_name"], "org_acme_worldwide");
    }
    assert_eq!(server.send(get(&ada.path())).await.data(200, None), changed);
    let cleared = put(&server, &ada.path(), &ada.token, &json!({"description": null})).await;
    let cleared = cleared.data(200, DONE);
    assert_eq!((&cleared["name"], &cleared["description"]), (&body["name"], &Value::Null));
}

#[actix_web::test]
async fn missing_or_equal_members_change_nothing() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    let before = server.send(get(&ada.path())).await.data(200, None);
    for body in [
        json!({}),
        json!({"name": null}),
        json!({"name": "Acme Inc"}),
        json!({"name": "Acme Inc", "description": "Anvils and more"}),
    ] {
        let response = put(&server, &ada.path(), &ada.token, &body).await;
        assert_eq!(response.data(200, DONE), before, "{body}");
    }
}

#[actix_web::test]
async fn a_taken_name_is_refused() {
    let server = Server::new().await;
    let [ada, bob] = two(&server).await;
    for name in ["Globex", "GLOBEX", "globex-"] {
        let response = put(&server, &ada.path(), &ada.token, &json!({"name": name})).await;
        let detail = format!("Organization with name '{name}' already exists");
        assert_eq!(response.detail(409), detail);
    }
    let shown = server.send(get(&bob.path())).await.data(200, None);
    assert_eq!(shown["name"], "Globex");
}

#[actix_web::test]
async fn only_its_admins_update_an_organization() {
    let server = Server::new().await;
    let [ada, bob] = two(&server).await;
    let before = server.send(get(&ada.path())).await.data(200, None);
    let body = json!({"name": "Taken over"});
    for token in [&bob.token[..], OPERATOR] {
        let response = put(&server, &ada.path(), token, &body).await;
        assert_eq!(response.detail(403), "Not authorized to update this organization");
    }
    let anonymous = server.send(call("PUT", &ada.path()).json(&body)).await;
    assert_eq!(anonymous.detail(401), "Not authenticated");
    let basic = call("PUT", &ada.path()).header("Authorization", "Basic eA==").json(&body);
    assert_eq!(server.send(basic).await.detail(401), "Not authenticated");
    let forged = put(&server, &ada.path(), "forged", &body).await;
    assert_eq!(forged.detail(401), "Invalid or expired token");
    assert_eq!(server.send(get(&ada.path())).await.data(200, None), before);
    server.clock.advance(std::time::Duration::from_secs(7200));
    let expired = put(&server, &ada.path(), &ada.token, &body).await;
    assert_eq!(expired.detail(401), "Invalid or expired token");
}

#[actix_web::test]
async fn admins_can_update_and_viewers_cannot() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    for (role, status) in [("admin", 200), ("viewer", 403)] {
        let email = format!("{role}@example.com");
        let body = json!({"email": email, "password": crate::support::PASSWORD, "role": role});
        let admins = post(&format!("/v1{}/admins", ada.path())).json(&body).token(&ada.token);
        assert_eq!(server.send(admins).await.status, 201);
        let token = server.login(&email).await;
        let response = put(&server, &ada.path(), &token, &json!({"description": role})).await;
        assert_eq!(response.status, status, "{role}: {}", response.text());
        if status == 403 {
            assert_eq!(response.detail(403), "Not authorized to update this organization");
        }
    }
}

#[actix_web::test]
async fn unknown_organizations_are_not_found() {
    let server = Server::new().await;
    let [ada, bob] = two(&server).await;
    server.send(delete(&bob.path()).token(&bob.token)).await;
    let unknown = format!("{}x", &ada.path()[..ada.path().len() - 1]);
    for path in [&unknown[..], "/organizations/x", &bob.path()] {
        let response = put(&server, path, &ada.token, &json!({"name": "Initech"})).await;
        assert_eq!(response.detail(404), "Organization not found", "{path}");
    }
    let gone = put(&server, &bob.path(), &bob.token, &json!({})).await;
    assert_eq!(gone.detail(404), "Organization not found", "by its own admin, too");
}

#[actix_web::test]
async fn invalid_values_are_reported_after_authentication() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    for (body, kind, place) in [
        (json!({"name": ""}), "string_too_short", "name"),
        (json!({"name": "n".repeat(101)}), "string_too_long", "name"),
        (json!({"name": "a/b"}), "value_error", "name"),
        (json!({"name": 7}), "string_type", "name"),
        (json!({"description": "d".repeat(501)}), "string_too_long", "description"),
        (json!({"description": []}), "string_type", "description"),
    ] {
        let response = put(&server, &ada.path(), &ada.token, &body).await;
        assert_eq!(response.wrong(), wrong(&[(kind, &format!("body.{place}"))]), "{body}");
    }
    let anonymous = server.send(call("PUT", &ada.path()).json(&json!({"name": 7}))).await;
    assert_eq!(anonymous.detail(401), "Not authenticated");
}

#[actix_web::test]
async fn a_suspended_organization_cannot_be_updated() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    server.send(post(&format!("/v1{}/suspend", ada.path())).token(OPERATOR)).await;
    let response = put(&server, &ada.path(), &ada.token, &json!({"name": "Initech"})).await;
    assert_eq!(response.detail(403), "The organization is suspended");
}

#[actix_web::test]
async fn an_accepted_rename_completes_later() {
    let rename = json!({"name": "Globex"});
    let (server, ada, response) = accepted(|ada| {
        call("PUT", &format!("/organizations/{}", ada.id)).json(&rename).token(&ada.token)
    })
    .await;
    assert_eq!(response.data(202, DONE)["name"], "Acme", "all old until it is all new");
    let settled = server.send(get(&format!("/organizations/{}", ada.id))).await.data(200, None);
    assert_eq!(settled["name"], "Globex");
}

#[actix_web::test]
async fn changes_are_visible_in_version_1() {
    let server = Server::new().await;
    let [ada, _] = two(&server).await;
    let path = format!("/v1{}", ada.path());
    let body = json!({"metadata": {"plan": "pro"}});
    assert_eq!(server.send(patch(&path, &body).token(&ada.token)).await.status, 200);
    put(&server, &ada.path(), &ada.token, &json!({"name": "Initech"})).await.data(200, DONE);
    let there = server.send(get(&path).token(&ada.token)).await.json();
    assert_eq!((&there["name"], &there["metadata"]), (&json!("Initech"), &body["metadata"]));
}
