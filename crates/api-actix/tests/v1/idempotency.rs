//! `Idempotency-Key`.

use std::sync::Arc;
use std::time::Duration;

use domain::service::Signup;
use futures_util::future::{join, join_all};
use port_contracts::fakes::SettableClock;
use port_contracts::faults::{Plan, When};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::store::ports;
use crate::support::{
    Call, OPERATOR, PASSWORD, Response, Server, delete, get, organization, post, text,
};

fn create(key: &str, body: &Value) -> Call {
    post("/v1/organizations").header("Idempotency-Key", key).json(body)
}

/// Reports when the store is first called, and makes that call wait for permission.
fn stall(reached: &Arc<Notify>, go_on: &Arc<Notify>) -> Plan {
    let (reached, go_on) = (reached.clone(), go_on.clone());
    Plan::stall(1, When::Before, move || {
        let (reached, go_on) = (reached.clone(), go_on.clone());
        async move {
            reached.notify_one();
            go_on.notified().await;
        }
    })
}

fn assert_replayed(first: &Response, again: &Response) {
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    for name in ["location", "etag", "content-type"] {
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(first.header("idempotent-replayed"), "");
}

#[actix_web::test]
async fn a_repeated_request_gets_the_first_response() {
    let server = Server::new().await;
    let body = organization("Acme", "ada@example.com");
    let first = server.send(create("k", &body)).await;
    assert_eq!(first.status, 201);
    assert_replayed(&first, &server.send(create("k", &body)).await);

    let ada = server.login("ada@example.com").await;
    let path = format!("{}/documents", first.header("location"));
    let insert = || post(&path).token(&ada).header("Idempotency-Key", "k").json(&json!({"n": 1}));
    let first = server.send(insert()).await;
    assert_replayed(&first, &server.send(insert()).await);
    let page = server.send(get(&path).token(&ada)).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "it was carried out once");
}

#[actix_web::test]
async fn a_refusal_is_replayed() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let taken = organization("Acme", "bob@example.com");
    let first = server.send(create("k", &taken)).await;
    assert_eq!(first.problem(409), "name_taken");
    server.send(delete(&ada.path).token(&ada.token)).await;
    assert_replayed(&first, &server.send(create("k", &taken)).await);
    assert_eq!(server.send(create("l", &taken)).await.status, 201, "the name is free again");
}

#[actix_web::test]
async fn an_invalid_request_can_be_corrected_under_its_key() {
    let server = Server::new().await;
    let bad = organization("", "ada@example.com");
    for _ in 0..2 {
        let response = server.send(create("k", &bad)).await;
        assert_eq!(response.problem(400), "validation_failed");
        assert_eq!(response.header("idempotent-replayed"), "");
    }
    let good = organization("Acme", "ada@example.com");
    let first = server.send(create("k", &good)).await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_replayed(&first, &server.send(create("k", &good)).await);
}

#[actix_web::test]
async fn a_failed_precondition_can_be_corrected_under_its_key() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let suspend = |condition: &str| {
        let call = post(&format!("{}/suspend", ada.path)).token(OPERATOR);
        server.send(call.header("Idempotency-Key", "k").header("If-Match", condition))
    };
    assert_eq!(suspend("\"1\"").await.problem(412), "precondition_failed");
    let first = suspend("\"2\"").await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_replayed(&first, &suspend("\"2\"").await);
}

#[actix_web::test]
async fn responses_are_stored_for_a_day() {
    let server = Server::new().await;
    let body = organization("Acme", "ada@example.com");
    let first = server.send(create("k", &body)).await;
    server.clock.advance(Duration::from_secs(24 * 60 * 60 - 1));
    assert_replayed(&first, &server.send(create("k", &body)).await);
    server.clock.advance(Duration::from_secs(1));
    assert_eq!(server.send(create("k", &body)).await.problem(409), "name_taken");
}

#[actix_web::test]
async fn a_key_belongs_to_one_request() {
    let server = Server::new().await;
    let body = organization("Acme", "ada@example.com");
    server.send(create("k", &body)).await;
    let other = organization("Globex", "bob@example.com");
    let response = server.send(create("k", &other)).await;
    assert_eq!(response.problem(422), "idempotency_key_reused");
    assert_eq!(server.send(create("l", &other)).await.status, 201);
}

#[actix_web::test]
async fn keys_are_scoped_to_their_path() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let switch = |what: &str| {
        let call = post(&format!("{}/{what}", ada.path)).token(OPERATOR);
        server.send(call.header("Idempotency-Key", "k"))
    };
    let first = switch("suspend").await;
    assert_eq!(first.json()["status"], "suspended");
    assert_replayed(&first, &switch("suspend").await);
    assert_eq!(switch("activate").await.problem(422), "idempotency_key_reused");
}

#[actix_web::test]
async fn keys_are_scoped_to_their_caller() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let body = json!({"_id": "x"});
    for member in [&ada, &bob] {
        let call = post(&format!("{}/documents", member.path)).token(&member.token);
        let response = server.send(call.header("Idempotency-Key", "k").json(&body)).await;
        assert_eq!((response.status.as_u16(), response.header("idempotent-replayed")), (201, ""));
    }
    let body = organization("Initech", "cyd@example.com");
    let as_ada = server.send(create("k", &body).token(&ada.token)).await;
    assert_eq!(as_ada.problem(422), "idempotency_key_reused", "her key, for her document");
    assert_eq!(server.send(create("k", &body)).await.status, 201, "its keys are separate");
}

#[actix_web::test]
async fn stored_requests_contain_no_password() {
    let server = Server::new().await;
    let body = organization("Acme", "ada@example.com");
    let first = server.send(create("k", &body)).await;
    assert!(!first.text().contains(PASSWORD));
    let mut other = body.clone();
    other["owner"]["password"] = json!("another password");
    assert_replayed(&first, &server.send(create("k", &other)).await);
}

#[actix_web::test]
async fn transient_responses_are_not_stored() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let suspend = |token: &str| {
        let call = post(&format!("{}/suspend", ada.path)).token(token);
        server.send(call.header("Idempotency-Key", "k"))
    };
    for _ in 0..2 {
        let response = suspend(&ada.token).await;
        assert_eq!(response.problem(403), "forbidden");
        assert_eq!(response.header("idempotent-replayed"), "");
    }
    assert_eq!(suspend("x").await.problem(401), "token_invalid");

    let untyped = || post("/v1/organizations").header("Idempotency-Key", "k").body("{}");
    assert_eq!(server.send(untyped()).await.problem(415), "unsupported_media_type");
    let large = json!({"name": "x".repeat(2 * 1024 * 1024)});
    assert_eq!(server.send(create("k", &large)).await.problem(413), "payload_too_large");
    let good = organization("Globex", "bob@example.com");
    assert_eq!(server.send(create("k", &good)).await.status, 201, "the key was free all the time");
}

#[actix_web::test]
async fn refusals_of_unauthenticated_requests_are_not_stored() {
    let server = Server::for_operators().await;
    let body = organization("Acme", "ada@example.com");
    for _ in 0..2 {
        let response = server.send(create("k", &body)).await;
        assert_eq!(response.problem(401), "unauthenticated");
        assert_eq!(response.header("idempotent-replayed"), "");
    }
}

#[actix_web::test]
async fn a_failure_frees_the_key() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let server = Server::over(ports.clone(), clock, Signup::Open).await;
    let failing = server.under(&ports, &Plan::crash(1, When::Before)).await;
    let body = organization("Acme", "ada@example.com");
    assert_eq!(failing.send(create("k", &body)).await.problem(503), "store_unavailable");
    assert_eq!(server.send(create("k", &body)).await.status, 201);
}

#[actix_web::test]
async fn malformed_keys_are_refused() {
    let server = Server::new().await;
    let body = organization("Acme", "ada@example.com");
    for key in ["", "a b", "é", &"x".repeat(256)] {
        let response = server.send(create(key, &body)).await;
        assert_eq!(response.problem(400), "invalid_idempotency_key", "{key:?}");
    }
    let twice = create("a", &body).header("Idempotency-Key", "b");
    assert_eq!(server.send(twice).await.problem(400), "invalid_idempotency_key");
    assert_eq!(server.send(create(&"x".repeat(255), &body)).await.status, 201);
}

#[actix_web::test]
async fn a_request_in_progress_is_not_repeated() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let server = Server::over(ports.clone(), clock, Signup::Open).await;
    let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = server.under(&ports, &stall(&reached, &go_on)).await;
    let body = organization("Acme", "ada@example.com");
    let second = async {
        reached.notified().await;
        let response = server.send(create("k", &body)).await;
        go_on.notify_one();
        response
    };
    let (first, second) = join(slow.send(create("k", &body)), second).await;
    assert_eq!(first.status, 201);
    assert_eq!(second.problem(409), "idempotency_key_in_use");
    assert_eq!(second.header("retry-after"), "1");
    assert_replayed(&first, &server.send(create("k", &body)).await);
}

#[actix_web::test]
async fn one_of_many_concurrent_requests_is_executed() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    let insert = |_| {
        let call = post(&path).token(&ada.token).header("Idempotency-Key", "k");
        server.send(call.json(&json!({"n": 1})))
    };
    let responses = join_all((0..20).map(insert)).await;
    let done: Vec<_> = responses.iter().filter(|response| response.status == 201).collect();
    let fresh = done.iter().filter(|response| response.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    assert!(done.iter().all(|response| response.json() == done[0].json()));
    let others = responses.iter().filter(|response| response.status != 201);
    others.for_each(|response| assert_eq!(response.problem(409), "idempotency_key_in_use"));
    let page = server.send(get(&path).token(&ada.token)).await.json();
    assert_eq!(text(&page["items"][0]["_id"]), text(&done[0].json()["_id"]));
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn unauthenticated_requests_reserve_no_keys() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents", ada.path);
    let insert = || post(&path).header("Idempotency-Key", "a malformed key").json(&json!({}));
    assert_eq!(server.send(insert()).await.problem(401), "unauthenticated");
    assert_eq!(server.send(insert().token("x")).await.problem(401), "token_invalid");
}

#[actix_web::test]
async fn a_client_that_disconnects_gets_the_response_on_retry() {
    let clock = Arc::new(SettableClock::default());
    let ports = ports(&clock).await;
    let server = Server::over(ports.clone(), clock, Signup::Open).await;
    let (reached, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = server.under(&ports, &stall(&reached, &go_on)).await;
    let body = organization("Acme", "ada@example.com");
    tokio::select! {
        response = slow.send(create("k", &body)) => panic!("{} came too early", response.status),
        () = reached.notified() => {}
    }
    go_on.notify_one();
    let mut again = server.send(create("k", &body)).await;
    for _ in 0..1000 {
        if again.status != 409 {
            break;
        }
        tokio::task::yield_now().await;
        again = server.send(create("k", &body)).await;
    }
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, "true"));
}
