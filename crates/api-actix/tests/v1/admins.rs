//! Management of admins.

use serde_json::{Value, json};

use crate::support::{Member, OPERATOR, PASSWORD, Server, delete, get, patch, post};

#[actix_web::test]
async fn admins_are_returned_without_their_password() {
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
async fn an_operator_cannot_manage_admins() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let response = server.send(get(&format!("{}/admins", ada.path)).token(OPERATOR)).await;
    assert_eq!(response.problem(403), "forbidden");
    assert_eq!(response.json()["detail"], "Only an admin of the organization may do this.");
}

#[actix_web::test]
async fn admins_of_another_organization_are_not_found() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let ask = |path: String| server.send(get(&path).token(&ada.token));
    let response = ask(format!("{}/admins/{}", ada.path, bob.admin_id)).await;
    assert_eq!(response.problem(404), "admin_not_found");
    for path in [format!("{}/admins", bob.path), format!("{}/admins/{}", bob.path, bob.admin_id)] {
        assert_eq!(ask(path).await.problem(404), "organization_not_found");
    }
}

/// A body that adds an admin with this address and role.
fn newcomer(email: &str, role: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "role": role })
}

/// Adds an admin, and returns its path.
async fn add(server: &Server, ada: &Member, email: &str, role: &str) -> String {
    let admins = format!("{}/admins", ada.path);
    let created = server.send(post(&admins).token(&ada.token).json(&newcomer(email, role))).await;
    assert_eq!(created.status, 201, "{}", created.text());
    assert_eq!(created.header("etag"), "\"1\"");
    created.header("location").to_owned()
}

#[actix_web::test]
async fn an_owner_adds_changes_and_removes_admins() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = add(&server, &ada, "bob@example.com", "viewer").await;
    let bob = server.login("bob@example.com").await;
    let me = server.send(get("/v1/me").token(&bob)).await.json();
    assert_eq!(
        (&me["admin"]["role"], &me["organization"]["id"]),
        (&json!("viewer"), &json!(ada.id))
    );

    let change = json!({ "name": "Bob", "role": "admin", "email": "robert@example.com" });
    let changed = server.send(patch(&path, &change).token(&ada.token)).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let shown = changed.json();
    for (member, value) in change.as_object().unwrap() {
        assert_eq!(shown[member], *value);
    }
    let describe = patch(&ada.path, &json!({ "description": "by Bob" }));
    let allowed = server.send(describe.token(&bob)).await;
    assert_eq!(allowed.status, 200, "the other role counts for a token of before");
    assert!(server.try_login("bob@example.com").await.is_err());
    server.login("robert@example.com").await;

    assert_eq!(server.send(delete(&path).token(&ada.token)).await.status, 204);
    assert_eq!(server.send(get("/v1/me").token(&bob)).await.problem(401), "token_invalid");
    assert_eq!(server.send(get(&path).token(&ada.token)).await.problem(404), "admin_not_found");
    add(&server, &ada, "robert@example.com", "owner").await;
}

#[actix_web::test]
async fn a_deactivated_admin_is_logged_out_and_cannot_log_in() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = add(&server, &ada, "bob@example.com", "admin").await;
    let bob = server.login("bob@example.com").await;
    let switch =
        |to: bool| server.send(patch(&path, &json!({ "is_active": to })).token(&ada.token));
    assert_eq!(switch(false).await.json()["is_active"], false);
    assert_eq!(server.send(get("/v1/me").token(&bob)).await.problem(401), "token_invalid");
    assert_eq!(server.tokens("bob@example.com").await.problem(403), "admin_deactivated");
    assert_eq!(switch(true).await.status, 200);
    let replayed = server.send(get("/v1/me").token(&bob)).await;
    assert_eq!(replayed.problem(401), "token_invalid", "the session has ended for good");
    server.login("bob@example.com").await;
}

#[actix_web::test]
async fn only_owners_manage_admins_and_all_roles_list_them() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let admins = format!("{}/admins", ada.path);
    let own = format!("{admins}/{}", ada.admin_id);
    for role in ["admin", "viewer"] {
        let email = format!("{role}@example.com");
        add(&server, &ada, &email, role).await;
        let token = server.login(&email).await;
        for refused in [
            post(&admins).json(&newcomer("new@example.com", "owner")),
            patch(&own, &json!({ "role": "viewer" })),
            delete(&own),
        ] {
            assert_eq!(server.send(refused.token(&token)).await.problem(403), "forbidden");
        }
        assert_eq!(server.send(get(&admins).token(&token)).await.status, 200);
        assert_eq!(server.send(get(&own).token(&token)).await.status, 200);
    }
}

#[actix_web::test]
async fn an_organization_keeps_an_active_owner() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let own = format!("{}/admins/{}", ada.path, ada.admin_id);
    let bob = add(&server, &ada, "bob@example.com", "owner").await;
    let deactivate = json!({ "is_active": false });
    let out = server.send(patch(&bob, &deactivate).token(&ada.token)).await;
    assert_eq!(out.json()["is_active"], false);
    for refused in [
        patch(&own, &json!({ "role": "admin" })),
        patch(&own, &json!({ "role": "viewer", "name": "Ada" })),
        patch(&own, &deactivate),
        delete(&own),
    ] {
        assert_eq!(server.send(refused.token(&ada.token)).await.problem(409), "last_owner");
    }
    let unchanged = server.send(get(&own).token(&ada.token)).await.json();
    assert_eq!((&unchanged["role"], &unchanged["name"]), (&json!("owner"), &Value::Null));

    let back = server.send(patch(&bob, &json!({ "is_active": true })).token(&ada.token)).await;
    assert_eq!(back.status, 200);
    let left = server.send(patch(&own, &json!({ "role": "viewer" })).token(&ada.token)).await;
    assert_eq!(left.json()["role"], "viewer", "{}", left.text());
    let gone = server.send(delete(&bob).token(&ada.token)).await;
    assert_eq!(gone.problem(403), "forbidden", "she is no owner any more");
    let bob_token = server.login("bob@example.com").await;
    assert_eq!(server.send(delete(&own).token(&bob_token)).await.status, 204);
}

#[actix_web::test]
async fn an_address_is_unique_within_the_installation() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "eve@example.com").await;
    let bob = add(&server, &ada, "bob@example.com", "owner").await;
    let admins = format!("{}/admins", ada.path);
    let taken = newcomer("EVE@example.com", "viewer");
    let refused = server.send(post(&admins).token(&ada.token).json(&taken)).await;
    assert_eq!(refused.problem(409), "email_taken");
    for change in [
        json!({ "email": "Eve@example.com" }),
        json!({ "email": "ada@example.com", "role": "viewer" }),
    ] {
        let refused = server.send(patch(&bob, &change).token(&ada.token)).await;
        assert_eq!(refused.problem(409), "email_taken", "{change}");
    }
    let unchanged = server.send(get(&bob).token(&ada.token)).await.json();
    assert_eq!(
        (&unchanged["email"], &unchanged["role"]),
        (&json!("bob@example.com"), &json!("owner"))
    );
    let spelled =
        server.send(patch(&bob, &json!({ "email": "BOB@example.com" })).token(&ada.token));
    assert_eq!(spelled.await.json()["email"], "BOB@example.com");
}

#[actix_web::test]
async fn changes_of_admins_honor_if_match() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = add(&server, &ada, "bob@example.com", "owner").await;
    for stale in [patch(&bob, &json!({ "role": "viewer" })), delete(&bob)] {
        let response = server.send(stale.header("If-Match", "\"7\"").token(&ada.token)).await;
        assert_eq!(response.problem(412), "precondition_failed");
    }
    let seen = patch(&bob, &json!({ "role": "viewer" })).header("If-Match", "\"1\"");
    let changed = server.send(seen.token(&ada.token)).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, "\"2\""));
}

#[actix_web::test]
async fn every_field_of_an_admin_is_validated() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let admins = format!("{}/admins", ada.path);
    let bad =
        json!({ "email": "no address", "name": "", "role": "root", "password": "short", "x": 1 });
    let refused = server.send(post(&admins).token(&ada.token).json(&bad)).await;
    assert_eq!(refused.problem(400), "validation_failed");
    let places: Vec<_> = refused.errors().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/email", "/name", "/role", "/password", "/x"]);
    let own = format!("{admins}/{}", ada.admin_id);
    let bad = json!({ "email": null, "role": 7, "is_active": "yes", "password": PASSWORD });
    let refused = server.send(patch(&own, &bad).token(&ada.token)).await;
    let places: Vec<_> = refused.errors().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/email", "/role", "/is_active", "/password"]);
}
