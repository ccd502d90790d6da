//! Audit events of organizations.

use std::sync::Arc;

use api_actix::{AppOptions, Network};
use serde_json::{Value, json};

use super::{admin, anonymous, change, event, events, operator, recorded_by, response_and_events};
use crate::support::{OPERATOR, PASSWORD, Server, delete, organization, patch, post, text};

const NONE: Value = Value::Null;

#[actix_web::test]
async fn a_sign_up_is_the_first_event_with_actor_and_client() {
    let server = Server::new().await;
    let body = json!({
        "name": "Acme", "description": "Anvils", "metadata": {"plan": "free"},
        "owner": {"email": "Ada@example.com", "name": "Ada", "password": PASSWORD},
    });
    let create = post("/v1/organizations").json(&body).from("2001:db8::7");
    let created = server.send(create.header("X-Request-Id", "sign-up")).await.json();
    let recorded = events(&server, &format!("/v1/organizations/{}", text(&created["id"]))).await;

    assert_eq!(recorded.len(), 1);
    let owner = recorded[0]["changes"]["owner"]["after"]["id"].clone();
    let event = json!({
        "id": recorded[0]["id"],
        "organization_id": created["id"],
        "at": "2026-01-01T00:00:00.000Z",
        "action": "organization.created",
        "actor": anonymous(),
        "target": {"type": "organization", "id": created["id"]},
        "changes": {
            "name": change(NONE, "Acme"),
            "slug": change(NONE, "acme"),
            "description": change(NONE, "Anvils"),
            "metadata": change(NONE, json!({"plan": "free"})),
            "quota": change(NONE, json!({"documents": 0, "bytes": 0})),
            "status": change(NONE, "active"),
            "owner": change(NONE, json!({
                "id": text(&owner), "email": "Ada@example.com", "name": "Ada", "role": "owner", "is_active": true,
            })),
        },
        "ip": "2001:db8::7",
        "request_id": "sign-up",
        "seq": 1,
        "prev_hash": "0".repeat(64),
        "hash": recorded[0]["hash"],
    });
    assert_eq!(recorded[0], event);
}

#[actix_web::test]
async fn the_client_behind_a_trusted_proxy_and_a_generated_id_are_recorded() {
    let proxies = ["192.0.2.0/24"].map(|text| text.parse::<Network>().unwrap());
    let proxies = Arc::new(proxies.into_iter().collect());
    let server = Server::with(AppOptions { proxies, ..AppOptions::default() }).await;
    let create = post("/v1/organizations").json(&organization("Acme", "ada@example.com"));
    let create = create.header("X-Forwarded-For", "203.0.113.5").header("X-Request-Id", "a b");
    let created = server.send(create).await;
    let recorded = events(&server, created.header("location")).await;
    assert_eq!(recorded[0]["ip"], "203.0.113.5");
    assert_eq!(recorded[0]["request_id"], created.header("x-request-id"));
    assert_ne!(recorded[0]["request_id"], "a b", "it is not a name");
}

#[actix_web::test]
async fn a_sign_up_by_the_operator_has_the_operator_as_actor() {
    let server = Server::for_operators().await;
    let create = post("/v1/organizations").json(&organization("Acme", "ada@example.com"));
    let created = server.send(create.token(OPERATOR)).await.json();
    let recorded = events(&server, &format!("/v1/organizations/{}", text(&created["id"]))).await;
    assert_eq!(recorded[0]["actor"], operator());
}

#[actix_web::test]
async fn changes_are_recorded_with_values_before_and_after() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let (who, target) = (admin(&ada, "ada@example.com"), ("organization", &ada.id[..]));
    let update = |body: Value| patch(&ada.path, &body).token(&ada.token);

    let described = recorded_by(&server, &ada.path, update(json!({"description": "Anvils"}))).await;
    let changes = json!({"description": change(NONE, "Anvils")});
    assert_eq!(described, [event("organization.updated", &who, target, &changes)]);

    let noted =
        recorded_by(&server, &ada.path, update(json!({"metadata": {"a": 1, "b": 2}}))).await;
    let changes = json!({"metadata": change(json!({}), json!({"a": 1, "b": 2}))});
    assert_eq!(noted, [event("organization.updated", &who, target, &changes)]);

    let renamed = recorded_by(&server, &ada.path, update(json!({"name": "Acme Ltd"}))).await;
    let changes = json!({"name": change("Acme", "Acme Ltd"), "slug": change("acme", "acme_ltd")});
    assert_eq!(renamed, [event("organization.updated", &who, target, &changes)]);
}

#[actix_web::test]
async fn acts_of_the_operator_are_recorded_with_the_operator_as_actor() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let target = ("organization", &ada.id[..]);
    let limit = patch(&ada.path, &json!({"rate_limit": 7})).token(OPERATOR);
    let (suspend, activate) = (format!("{}/suspend", ada.path), format!("{}/activate", ada.path));
    for (call, action, changes) in [
        (limit, "organization.updated", json!({"rate_limit": change(NONE, 7)})),
        (
            post(&suspend).token(OPERATOR),
            "organization.suspended",
            json!({"status": change("active", "suspended")}),
        ),
        (
            post(&activate).token(OPERATOR),
            "organization.activated",
            json!({"status": change("suspended", "active")}),
        ),
        (
            delete(&ada.path).token(OPERATOR),
            "organization.deleted",
            json!({"status": change("active", "deleted")}),
        ),
    ] {
        let recorded = recorded_by(&server, &ada.path, call).await;
        assert_eq!(recorded, [event(action, &operator(), target, &changes)]);
    }
}

#[actix_web::test]
async fn a_deletion_by_its_owner_is_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let recorded = recorded_by(&server, &ada.path, delete(&ada.path).token(&ada.token)).await;
    let (who, target) = (admin(&ada, "ada@example.com"), ("organization", &ada.id[..]));
    let changes = json!({"status": change("active", "deleted")});
    assert_eq!(recorded, [event("organization.deleted", &who, target, &changes)]);
}

#[actix_web::test]
async fn refused_and_ineffective_changes_are_not_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "bob@example.com").await;
    let update = |body: Value| patch(&ada.path, &body).token(&ada.token);
    let suspend = format!("{}/suspend", ada.path);
    for (call, status) in [
        (update(json!({"name": "Globex"})), 409),
        (update(json!({"name": "Other"})).header("If-Match", "\"99\""), 412),
        (update(json!({"name": ""})), 400),
        (update(json!({"name": "Acme"})), 200),
        (update(json!({"rate_limit": 7})), 403),
        (post(&suspend).token(&ada.token), 403),
        (delete(&ada.path).token(&ada.token).header("If-Match", "\"99\""), 412),
        (post("/v1/organizations").json(&organization("Acme", "eve@example.com")), 409),
    ] {
        let (response, recorded) = response_and_events(&server, &ada.path, call).await;
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(recorded, Vec::<Value>::new());
    }
}

#[actix_web::test]
async fn a_replayed_request_is_recorded_once() {
    let server = Server::new().await;
    let create = || {
        let call = post("/v1/organizations").json(&organization("Acme", "ada@example.com"));
        server.send(call.header("Idempotency-Key", "once"))
    };
    let (created, again) = (create().await, create().await);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(events(&server, created.header("location")).await.len(), 1);
}
