//! Limits on the creation of organizations: by address, by the caller's organization, and for the
//! installation.

use std::sync::Arc;

use domain::model::{PasswordHash, RateLimit};
use domain::ports::Ports;
use domain::service::RateLimits;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use super::{limits, millis, rate_limit_headers, refused};
use crate::store::ports;
use crate::support::{Call, MockHasher, OPERATOR, Server, get, organization, post};

fn create(n: usize) -> Call {
    post("/v1/organizations").json(&body(n))
}

fn body(n: usize) -> Value {
    organization(&format!("Acme {n}"), &format!("ada{n}@example.com"))
}

#[actix_web::test]
async fn a_sign_up_over_the_limit_is_refused_before_hashing() {
    let clock = Arc::new(SettableClock::default());
    let mut hasher = MockHasher::new();
    let hash = PasswordHash::new("x".to_owned());
    hasher.expect_hash().times(2).returning(move |_, _| Ok(hash.clone()));
    let ports = Ports { hasher: Arc::new(hasher), ..ports(&clock).await };
    let server = Server::limited_over(ports, clock, limits(0, 10, 2)).await;
    for n in 0..2 {
        let response = server.send(create(n)).await;
        assert_eq!(response.status, 201, "{}", response.text());
        let policies = r#""anonymous";q=10;w=60, "signup";q=2;w=60"#;
        let left = format!(r#""anonymous";r={};t=60, "signup";r={};t=60"#, 9 - n, 1 - n);
        assert_eq!(rate_limit_headers(&response), (policies, &left[..]));
    }
    let response = server.send(create(2)).await;
    assert_eq!(refused(&response), 60);
    assert_eq!(rate_limit_headers(&response).1, r#""anonymous";r=7;t=60, "signup";r=0;t=60"#);
}

#[actix_web::test]
async fn sign_ups_are_limited_by_address_and_minute() {
    let server = Server::limited(limits(0, 0, 1)).await;
    assert_eq!(server.send(create(0)).await.status, 201);
    refused(&server.send(create(1)).await);
    assert_eq!(server.send(create(1).from("198.51.100.1")).await.status, 201);
    server.clock.advance(millis(59_999));
    refused(&server.send(create(2)).await);
    server.clock.advance(millis(1));
    assert_eq!(server.send(create(2)).await.status, 201);
}

#[actix_web::test]
async fn only_valid_sign_ups_count_and_none_of_the_operator() {
    let server = Server::limited(limits(0, 0, 1)).await;
    for invalid in [json!({}), json!({"name": "Acme"})] {
        let response = server.send(post("/v1/organizations").json(&invalid)).await;
        assert_eq!(response.problem(400), "validation_failed");
    }
    for n in 0..3 {
        let response = server.send(create(n).token(OPERATOR)).await;
        assert_eq!((response.status.as_u16(), rate_limit_headers(&response)), (201, ("", "")));
    }
    assert_eq!(server.send(create(3)).await.status, 201);
    refused(&server.send(create(4)).await);
}

#[actix_web::test]
async fn replayed_sign_ups_do_not_count() {
    let server = Server::limited(limits(0, 10, 1)).await;
    let create = |n: usize| create(n).header("Idempotency-Key", &format!("key-{n}"));
    let first = server.send(create(0)).await;
    for _ in 0..3 {
        let again = server.send(create(0)).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(rate_limit_headers(&again).0, r#""anonymous";q=10;w=60"#);
    }
    refused(&server.send(create(1)).await);
    // Refusals are not stored.
    server.clock.advance(millis(60_000));
    assert_eq!(server.send(create(1)).await.status, 201);
}

/// A limit per address and minute, and one per installation and hour.
fn hourly(sign_up: u64, per_hour: u64) -> RateLimits {
    let sign_up_per_hour = RateLimit::parse(per_hour).unwrap();
    RateLimits { sign_up_per_hour, ..limits(0, 0, sign_up) }
}

#[actix_web::test]
async fn admins_are_limited_by_address_like_anonymous_callers() {
    let server = Server::limited(hourly(5, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let mut created = 0;
    for n in 0..60 {
        let token = if n % 2 == 0 { &ada.token } else { &bob.token };
        let response = server.send(create(n).token(token)).await;
        match response.status.as_u16() {
            201 => created += 1,
            _ => assert_eq!(refused(&response), 60),
        }
    }
    assert_eq!(created, 3, "two of five were created without a token");
    let elsewhere = create(60).token(&ada.token).from("198.51.100.1");
    assert_eq!(server.send(elsewhere).await.status, 201);
}

#[actix_web::test]
async fn admins_are_limited_in_the_dialects_too() {
    let server = Server::limited(hourly(2, 0)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let org = |n: usize| {
        let (name, email) = (format!("acme_{n}"), format!("ada{n}@example.com"));
        let body =
            json!({"organization_name": name, "email": email, "password": "Correct horse 5"});
        post("/org/create").json(&body).token(&ada.token)
    };
    let enterprise = |n: usize| {
        let (name, email) = (format!("Acme {n}"), format!("ada{n}@example.com"));
        let password = "correct horse battery";
        let body = json!({
            "name": name, "admin_email": email, "admin_password": password, "admin_name": "Ada",
        });
        post("/organizations/").json(&body).token(&ada.token)
    };
    assert_eq!(server.send(org(0)).await.status, 201);
    for refused in [org(1), enterprise(1), create(1).token(&ada.token)] {
        assert_eq!(server.send(refused).await.status, 429);
    }
    server.clock.advance(millis(60_000));
    assert_eq!(server.send(enterprise(2)).await.status, 201);
}

#[actix_web::test]
async fn the_admins_of_one_organization_share_a_tenth_of_the_hourly_limit() {
    let server = Server::limited(hourly(0, 20)).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    for n in 0..2 {
        let response = server.send(create(n).token(&ada.token).from(&format!("192.0.2.{n}"))).await;
        assert_eq!(response.status, 201, "{}", response.text());
        let left = format!(r#""signup_organization";r={};t=3600"#, 1 - n);
        assert_eq!(
            rate_limit_headers(&response),
            (r#""signup_organization";q=2;w=3600"#, &left[..])
        );
    }
    for n in 2..10 {
        let response = server.send(create(n).token(&ada.token).from(&format!("192.0.2.{n}"))).await;
        assert_eq!(refused(&response), 3600);
    }
    assert_eq!(server.send(create(10).token(&bob.token)).await.status, 201);
    server.clock.advance(millis(3_600_000));
    assert_eq!(
        server.send(create(11).token(&server.login("ada@example.com").await)).await.status,
        201
    );
}

#[actix_web::test]
async fn the_hourly_limit_of_the_installation_is_hidden_until_it_refuses() {
    let server = Server::limited(hourly(0, 3)).await;
    for n in 0..3 {
        let response = server.send(create(n).from(&format!("192.0.2.{n}"))).await;
        assert_eq!(
            (response.status.as_u16(), rate_limit_headers(&response)),
            (201, ("", "")),
            "{n}"
        );
    }
    let response = server.send(create(3)).await;
    assert_eq!(refused(&response), 3600);
    let policy = r#""signup_installation";q=3;w=3600"#;
    assert_eq!(rate_limit_headers(&response), (policy, r#""signup_installation";r=0;t=3600"#));
    let figures = server.send(get("/metrics")).await.text();
    let figure = r#"tenantry_rate_limited_total{policy="signup_installation"} 1"#;
    assert!(figures.lines().any(|found| found == figure), "{figures}");
    assert_eq!(server.send(create(4).token(OPERATOR)).await.status, 201);
    server.clock.advance(millis(3_600_000));
    assert_eq!(server.send(create(5)).await.status, 201);
}

#[actix_web::test]
async fn a_request_refused_by_one_limit_does_not_count_for_others() {
    let server = Server::limited(hourly(1, 2)).await;
    assert_eq!(server.send(create(0)).await.status, 201);
    for n in 1..10 {
        assert_eq!(refused(&server.send(create(n)).await), 60);
    }
    assert_eq!(server.send(create(10).from("198.51.100.1")).await.status, 201);
    assert_eq!(refused(&server.send(create(11).from("198.51.100.2")).await), 3600);
}

#[actix_web::test]
async fn taken_names_do_not_count_for_the_limit_of_the_installation() {
    let rules = RateLimits { sign_up_per_hour: RateLimit::parse(2).unwrap(), ..limits(0, 0, 0) };
    let server = Server::limited(rules).await;
    assert_eq!(server.send(create(0)).await.status, 201);
    for n in 0..5 {
        let response = server.send(create(0).from(&format!("198.51.100.{n}"))).await;
        assert_eq!(response.problem(409), "name_taken");
    }
    assert_eq!(server.send(create(1)).await.status, 201);
    refused(&server.send(create(2)).await);
}
