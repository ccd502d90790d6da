//! Audit events of admins.

use serde_json::{Value, json};

use super::{admin, change, event, recorded_by, response_and_events};
use crate::support::{Member, PASSWORD, Server, delete, patch, post, text};

const NONE: Value = Value::Null;

fn newcomer(ada: &Member, email: &str, role: &str) -> crate::support::Call {
    let body = json!({"email": email, "name": "Bob", "password": PASSWORD, "role": role});
    post(&format!("{}/admins", ada.path)).token(&ada.token).json(&body)
}

/// The members of an admin that events record.
fn shown(id: &str, role: &str, turn: impl Fn(Value) -> Value) -> Value {
    json!({
        "id": turn(json!(id)),
        "email": turn(json!("bob@example.com")),
        "name": turn(json!("Bob")),
        "role": turn(json!(role)),
        "is_active": turn(json!(true)),
    })
}

#[actix_web::test]
async fn creation_change_and_removal_of_an_admin_are_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let who = admin(&ada, "ada@example.com");

    let (created, recorded_first) =
        response_and_events(&server, &ada.path, newcomer(&ada, "bob@example.com", "viewer")).await;
    assert_eq!(created.status, 201);
    let (bob, path) = (text(&created.json()["id"]), created.header("location").to_owned());
    let changes = shown(&bob, "viewer", |value| change(NONE, value));
    assert_eq!(recorded_first, [event("admin.created", &who, ("admin", &bob), &changes)]);

    let promote = patch(&path, &json!({"role": "owner", "email": "Bobby@example.com"}));
    let changes = json!({
        "role": change("viewer", "owner"), "email": change("bob@example.com", "Bobby@example.com"),
    });
    let updated = event("admin.updated", &who, ("admin", &bob), &changes);
    assert_eq!(recorded_by(&server, &ada.path, promote.token(&ada.token)).await, [updated]);

    // A demoted owner changes through a pending phase of the organization.
    let demote = patch(&path, &json!({"role": "admin", "email": "bob@example.com"}));
    let changes = json!({
        "role": change("owner", "admin"), "email": change("Bobby@example.com", "bob@example.com"),
    });
    let updated = event("admin.updated", &who, ("admin", &bob), &changes);
    assert_eq!(recorded_by(&server, &ada.path, demote.token(&ada.token)).await, [updated]);

    let changes = shown(&bob, "admin", |value| change(value, NONE));
    let deleted = event("admin.deleted", &who, ("admin", &bob), &changes);
    assert_eq!(recorded_by(&server, &ada.path, delete(&path).token(&ada.token)).await, [deleted]);
}

#[actix_web::test]
async fn activation_and_deactivation_of_admins_are_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let created = server.send(newcomer(&ada, "bob@example.com", "owner")).await;
    let (bob, path) = (text(&created.json()["id"]), created.header("location").to_owned());
    for (before, after) in [(true, false), (false, true)] {
        let call = patch(&path, &json!({"is_active": after})).token(&ada.token);
        let changes = json!({"is_active": change(before, after)});
        let who = admin(&ada, "ada@example.com");
        let updated = event("admin.updated", &who, ("admin", &bob), &changes);
        assert_eq!(recorded_by(&server, &ada.path, call).await, [updated]);
    }
}

#[actix_web::test]
async fn refused_and_ineffective_changes_are_not_recorded() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let own = format!("{}/admins/{}", ada.path, ada.admin_id);
    let unknown = format!("{}/admins/unknown", ada.path);
    for (call, status) in [
        (newcomer(&ada, "ada@example.com", "viewer"), 409),
        (newcomer(&ada, "bob@example.com", "king"), 400),
        (patch(&own, &json!({"role": "viewer"})).token(&ada.token), 409),
        (patch(&own, &json!({"role": "owner"})).token(&ada.token), 200),
        (patch(&own, &json!({"name": "A"})).token(&ada.token).header("If-Match", "\"99\""), 412),
        (delete(&own).token(&ada.token), 409),
        (delete(&unknown).token(&ada.token), 404),
    ] {
        let (response, recorded) = response_and_events(&server, &ada.path, call).await;
        assert_eq!(response.status, status, "{}", response.text());
        assert_eq!(recorded, Vec::<Value>::new());
    }
}
