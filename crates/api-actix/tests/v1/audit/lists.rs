//! Filters and pages of events.

use std::time::Duration;

use serde_json::{Value, json};

use super::events;
use crate::support::{Member, OPERATOR, Server, get, patch, post, text};

/// Acme, with an event at each minute: creation, login, description, rate limit, failed login.
async fn acme(server: &Server) -> Member {
    // Events from the outboxes of different records have no defined order.
    let minute = async || {
        server.services.audit.flush_outbox().await.unwrap();
        server.clock.advance(Duration::from_secs(60));
    };
    let ada = server.member("Acme", "ada@example.com").await;
    minute().await;
    server.send(patch(&ada.path, &json!({"description": "Anvils"})).token(&ada.token)).await;
    minute().await;
    server.send(patch(&ada.path, &json!({"rate_limit": 0})).token(OPERATOR)).await;
    minute().await;
    let wrong = json!({"email": "ada@example.com", "password": "a wrong password"});
    server.send(post("/v1/auth/login").json(&wrong)).await;
    ada
}

/// The positions of the matching events.
async fn places(server: &Server, ada: &Member, query: &str) -> Vec<u64> {
    let list = format!("{}/audit-events?{query}", ada.path);
    let page = server.send(get(&list).token(&ada.token)).await;
    assert_eq!(page.status, 200, "{query}: {}", page.text());
    page.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect()
}

#[actix_web::test]
async fn events_are_filtered_by_action_actor_and_time() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let by_ada = format!("actor={}", ada.admin_id);
    for (query, expected) in [
        ("", &[1, 2, 3, 4, 5][..]),
        ("action=organization.updated", &[3, 4]),
        ("action=session.stolen", &[]),
        (&by_ada, &[2, 3]),
        ("actor=operator", &[4]),
        ("actor=anonymous", &[1, 5]),
        ("actor=system", &[]),
        ("since=2026-01-01T00:01:00Z", &[3, 4, 5]),
        ("since=2026-01-01T00:01:00.001Z", &[4, 5]),
        ("until=2026-01-01T00:01:00Z", &[1, 2]),
        ("until=2026-01-01T01:01:00.001%2B01:00", &[1, 2, 3]),
        ("since=2026-01-01T00:01:00Z&until=2026-01-01T00:03:00Z", &[3, 4]),
        ("since=2026-01-01T00:03:00Z&until=2026-01-01T00:01:00Z", &[]),
        ("action=organization.updated&actor=operator", &[4]),
    ] {
        assert_eq!(places(&server, &ada, query).await, expected, "{query}");
    }
}

#[actix_web::test]
async fn pages_list_the_events_of_the_export() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let all = events(&server, &ada.path).await;
    for (query, expected) in
        [("limit=2", &[1, 2, 3, 4, 5][..]), ("action=organization.updated&limit=1", &[3, 4])]
    {
        let mut next = format!("{}/audit-events?{query}", ada.path);
        let mut seen = Vec::new();
        loop {
            let page = server.send(get(&next).token(&ada.token)).await;
            seen.extend(page.json()["items"].as_array().unwrap().clone());
            let (link, cursor) = (page.header("link"), page.json()["next"].clone());
            if cursor == Value::Null {
                assert_eq!(link, "");
                break;
            }
            assert!(link.contains(&text(&cursor)) && link.ends_with("; rel=\"next\""), "{link}");
            next = link.trim_start_matches('<').split('>').next().unwrap().to_owned();
        }
        let expected: Vec<_> = expected.iter().map(|&seq: &usize| all[seq - 1].clone()).collect();
        assert_eq!(seen, expected, "{query}");
    }
}

#[actix_web::test]
async fn events_appended_while_paging_are_on_a_later_page() {
    let server = Server::new().await;
    let ada = acme(&server).await;
    let list = format!("{}/audit-events", ada.path);
    let first = server.send(get(&format!("{list}?limit=4")).token(&ada.token)).await.json();
    server.login("ada@example.com").await;
    let rest = format!("after={}", text(&first["next"]));
    assert_eq!(places(&server, &ada, &rest).await, [5, 6]);
}

#[actix_web::test]
async fn parameters_are_validated_and_all_errors_reported() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for path in [&ada.path[..], "/v1"] {
        let list = |query: &str| get(&format!("{path}/audit-events?{query}")).token(OPERATOR);
        for (query, place, code) in [
            ("action=", "?action", "invalid_format"),
            ("action=organization.exploded", "?action", "invalid_format"),
            ("action=Login.Failed", "?action", "invalid_format"),
            ("actor=", "?actor", "empty"),
            ("actor=ada%40example.com", "?actor", "invalid_character"),
            ("since=", "?since", "invalid_format"),
            ("since=yesterday", "?since", "invalid_format"),
            ("since=2026-01-01", "?since", "invalid_format"),
            ("since=2026-01-01T00:00:00", "?since", "invalid_format"),
            ("until=1767225600", "?until", "invalid_format"),
            ("until=2026-02-30T00:00:00Z", "?until", "invalid_format"),
            ("after=", "?after", "invalid_format"),
            ("after=5", "?after", "invalid_format"),
            ("limit=101", "?limit", "invalid_format"),
            ("target=x", "?target", "unknown_parameter"),
            ("actor=system&actor=operator", "?actor", "duplicate"),
        ] {
            let response = server.send(list(query)).await;
            assert_eq!(response.problem(400), "invalid_parameter", "{query}");
            assert_eq!(response.errors(), [(place.to_owned(), code.to_owned())], "{query}");
        }
        let response = server.send(list("action=x&actor=%20&since=x&until=x&limit=0&page=2")).await;
        assert_eq!(response.errors().len(), 6, "{}", response.text());
        let response = server.send(list("action=organization.exploded")).await;
        assert!(response.text().contains("/docs lists"), "{}", response.text());
        assert!(!response.text().contains("exploded"), "{}", response.text());
    }
}
