//! Access control of audit trails.

use serde_json::{Value, json};

use super::{INSTALLATION, events};
use crate::support::{Member, OPERATOR, PASSWORD, Server, call, delete, get, post, text};

/// The routes of a trail.
const PARTS: [&str; 3] = ["", "/export", "/verify"];

fn part(path: &str, part: &str) -> String {
    format!("{path}/audit-events{part}")
}

/// The token of another admin of the organization with this role.
async fn colleague(server: &Server, ada: &Member, role: &str) -> String {
    let email = format!("{role}@example.com");
    let body = json!({"email": email, "password": PASSWORD, "role": role});
    let add = post(&format!("{}/admins", ada.path)).token(&ada.token).json(&body);
    assert_eq!(server.send(add).await.status, 201);
    server.login(&email).await
}

#[actix_web::test]
async fn owners_read_everything_admins_only_events_and_viewers_nothing() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let admin = colleague(&server, &ada, "admin").await;
    let viewer = colleague(&server, &ada, "viewer").await;
    for (token, expected) in [
        (&ada.token[..], [200, 200, 200]),
        (OPERATOR, [200, 200, 200]),
        (&admin, [200, 403, 403]),
        (&viewer, [403, 403, 403]),
    ] {
        for (name, status) in PARTS.iter().zip(expected) {
            let response = server.send(get(&part(&ada.path, name)).token(token)).await;
            assert_eq!(response.status, status, "{name}: {}", response.text());
            assert!(status == 200 || response.problem(403) == "forbidden");
        }
    }
}

#[actix_web::test]
async fn the_trail_of_another_organization_is_not_found() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    for name in PARTS {
        let ask = |path: &str, token: &str| {
            server.send(get(&part(path, name)).token(token).header("X-Request-Id", "same"))
        };
        let hers = ask(&ada.path, &bob.token).await;
        assert_eq!(hers.problem(404), "organization_not_found");
        let missing = ask("/v1/organizations/unknown", &bob.token).await;
        assert_eq!(hers.text().replace(&ada.id, "unknown"), missing.text());
        let unknown = ask("/v1/organizations/unknown", OPERATOR).await;
        assert_eq!(unknown.problem(404), "organization_not_found");
    }
}

#[actix_web::test]
async fn only_the_operator_reads_the_trail_of_a_suspended_organization() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.send(post(&format!("{}/suspend", ada.path)).token(OPERATOR)).await;
    for name in PARTS {
        let path = part(&ada.path, name);
        let response = server.send(get(&path).token(&ada.token)).await;
        assert_eq!(response.problem(403), "organization_suspended");
        assert_eq!(server.send(get(&path).token(OPERATOR)).await.status, 200);
    }
}

#[actix_web::test]
async fn a_trail_outlives_its_organization() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    // Events from the outboxes of different records have no defined order.
    server.services.audit.flush_outbox().await.unwrap();
    assert_eq!(server.send(delete(&ada.path).token(&ada.token)).await.status, 204);
    let actions: Vec<_> =
        events(&server, &ada.path).await.iter().map(|event| text(&event["action"])).collect();
    assert_eq!(actions, ["organization.created", "login.succeeded", "organization.deleted"]);
    let found = server.send(get(&part(&ada.path, "/verify")).token(OPERATOR)).await.json();
    assert_eq!((&found["intact"], &found["events"]), (&json!(true), &json!(3)));
    let whole = server.send(get(&part(&ada.path, "/export")).token(OPERATOR)).await.text();
    assert_eq!(whole.lines().count(), 4, "{whole}");
    for name in PARTS {
        let response = server.send(get(&part(&ada.path, name)).token(&ada.token)).await;
        assert_eq!(response.problem(404), "organization_not_found");
    }
    // A later organization with the same name has its own trail.
    let other = server.member("Acme", "ada@example.com").await;
    assert_eq!(events(&server, &other.path).await[0]["seq"], 1);
}

#[actix_web::test]
async fn only_the_operator_reads_the_trail_of_the_installation() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for name in PARTS {
        let path = part(INSTALLATION, name);
        assert_eq!(server.send(get(&path)).await.problem(401), "unauthenticated");
        assert_eq!(server.send(get(&path).token(&ada.token)).await.problem(403), "forbidden");
        assert_eq!(server.send(get(&path).token(OPERATOR)).await.status, 200);
    }
    assert_eq!(events(&server, INSTALLATION).await, Vec::<Value>::new());
}

#[actix_web::test]
async fn trails_cannot_be_written_over_http() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for path in [&ada.path[..], INSTALLATION] {
        for name in PARTS {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let sent = call(method, &part(path, name)).token(OPERATOR);
                let response = server.send(sent).await;
                assert_eq!(response.problem(405), "method_not_allowed");
                assert_eq!(response.header("allow"), "GET, HEAD");
            }
        }
    }
}
