//! Organizations that are made without a token, by the address they are asked for from.

use std::sync::Arc;

use domain::model::PasswordHash;
use domain::ports::Ports;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use super::{limits, millis, refused, told};
use crate::store::ports;
use crate::support::{Call, MockHasher, OPERATOR, Server, organization, post};

fn create(n: usize) -> Call {
    post("/v1/organizations").json(&body(n))
}

fn body(n: usize) -> Value {
    organization(&format!("Acme {n}"), &format!("ada{n}@example.com"))
}

#[actix_web::test]
async fn a_sign_up_over_the_limit_is_refused_before_its_password_is_hashed() {
    let clock = Arc::new(SettableClock::default());
    let mut hasher = MockHasher::new();
    let hash = PasswordHash::new("x".to_owned());
    hasher.expect_hash().times(2).returning(move |_, _| Ok(hash.clone()));
    let ports = Ports { hasher: Arc::new(hasher), ..ports(&clock).await };
    let server = Server::limited_over(ports, clock, limits(0, 10, 2)).await;
    for n in 0..2 {
        let answer = server.send(create(n)).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let policies = r#""anonymous";q=10;w=60, "signup";q=2;w=60"#;
        let left = format!(r#""anonymous";r={};t=60, "signup";r={};t=60"#, 9 - n, 1 - n);
        assert_eq!(told(&answer), (policies, &left[..]));
    }
    let answer = server.send(create(2)).await;
    assert_eq!(refused(&answer), 60);
    assert_eq!(told(&answer).1, r#""anonymous";r=7;t=60, "signup";r=0;t=60"#);
}

#[actix_web::test]
async fn the_limit_is_for_one_address_and_one_minute() {
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
async fn only_what_could_be_carried_out_counts_and_only_for_strangers() {
    let server = Server::limited(limits(0, 0, 1)).await;
    for invalid in [json!({}), json!({"name": "Acme"})] {
        let answer = server.send(post("/v1/organizations").json(&invalid)).await;
        assert_eq!(answer.problem(400), "validation_failed");
    }
    for n in 0..3 {
        let answer = server.send(create(n).token(OPERATOR)).await;
        assert_eq!((answer.status.as_u16(), told(&answer)), (201, ("", "")));
    }
    assert_eq!(server.send(create(3)).await.status, 201);
    refused(&server.send(create(4)).await);
}

#[actix_web::test]
async fn an_answer_that_is_given_again_does_not_count() {
    let server = Server::limited(limits(0, 10, 1)).await;
    let create = |n: usize| create(n).header("Idempotency-Key", &format!("key-{n}"));
    let first = server.send(create(0)).await;
    for _ in 0..3 {
        let again = server.send(create(0)).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(told(&again).0, r#""anonymous";q=10;w=60"#);
    }
    refused(&server.send(create(1)).await);
    // What was refused is not kept.
    server.clock.advance(millis(60_000));
    assert_eq!(server.send(create(1)).await.status, 201);
}
