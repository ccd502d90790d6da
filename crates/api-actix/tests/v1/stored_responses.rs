//! Limits of what requests leave beside documents: stored responses, admins, changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{RateLimit, Reservation, StoredResponse, Timestamp};
use domain::ports::{IdempotencyRepo, IdempotencyState, Ports, StoreError};
use domain::service::RateLimits;
use futures_util::future::join_all;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use crate::store::ports;
use crate::support::{
    Call, Member, OPERATOR, Response, Server, delete, get, organization, patch, post,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Counts the bytes of the stored responses.
struct Measured {
    inner: Arc<dyn IdempotencyRepo>,
    kept: Arc<AtomicUsize>,
}

#[async_trait]
impl IdempotencyRepo for Measured {
    async fn begin(
        &self,
        reservation: &Reservation,
        now: Timestamp,
    ) -> Result<IdempotencyState, StoreError> {
        self.inner.begin(reservation, now).await
    }

    async fn finish(
        &self,
        reservation: &Reservation,
        response: &StoredResponse,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.kept.fetch_add(json!(response).to_string().len(), Ordering::Relaxed);
        self.inner.finish(reservation, response, until).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.inner.release(reservation).await
    }

    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError> {
        self.inner.sweep(now).await
    }
}

fn limit(n: u64) -> RateLimit {
    RateLimit::parse(n).unwrap()
}

fn insert(member: &Member, key: &str, body: &Value) -> Call {
    post(&format!("{}/documents", member.path))
        .token(&member.token)
        .header("Idempotency-Key", key)
        .json(body)
}

/// Expects a refusal, and returns the seconds of `Retry-After`.
fn refused(response: &Response) -> u64 {
    assert_eq!(response.problem(429), "daily_limit");
    response.header("retry-after").parse().unwrap()
}

#[actix_web::test]
async fn stored_responses_refer_to_their_document() {
    let (clock, kept) = (Arc::new(SettableClock::default()), Arc::new(AtomicUsize::new(0)));
    let ports = ports(&clock).await;
    let measured = Measured { inner: ports.idempotency.clone(), kept: kept.clone() };
    let ports = Ports { idempotency: Arc::new(measured), ..ports };
    let server = Server::limited_over(ports, clock, RateLimits::default()).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = json!({ "text": "x".repeat(200 * 1024) });
    for n in 0..20 {
        let response = server.send(insert(&ada, &format!("key-{n}"), &body)).await;
        assert_eq!(response.status, 201);
        let path = response.header("location").to_owned();
        assert_eq!(server.send(delete(&path).token(&ada.token)).await.status, 204);
    }
    let kept = kept.load(Ordering::Relaxed);
    assert!(kept < 20 * 1024, "{kept} bytes of 4 MB");
}

#[actix_web::test]
async fn a_replayed_response_has_the_document_as_it_was() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let hard =
        json!({"b": [1.0, 1e300, -0.0, 9007199254740993_i64, "\u{0}é\u{1F600}"], "a": {"": null}});
    for (key, body) in [("k", hard), ("l", json!({"_id": "mine", "z": 1, "y": {"x": 2}}))] {
        let first = server.send(insert(&ada, key, &body)).await;
        assert_eq!(first.status, 201, "{}", first.text());
        let path = first.header("location").to_owned();
        let assert_replayed = async || {
            let again = server.send(insert(&ada, key, &body)).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body));
            for name in ["location", "etag", "content-type"] {
                assert_eq!(again.header(name), first.header(name), "{name}");
            }
            assert_eq!(again.header("idempotent-replayed"), "true");
        };
        assert_replayed().await;
        let changed = server.send(patch(&path, &json!({"a": 2})).token(&ada.token)).await;
        assert_eq!(changed.status, 200);
        assert_replayed().await;
        assert_eq!(server.send(delete(&path).token(&ada.token)).await.status, 204);
        assert_replayed().await;
        assert_eq!(server.send(get(&path).token(&ada.token)).await.status, 404);
    }
}

#[actix_web::test]
async fn stored_responses_are_limited_by_organization_and_for_sign_ups() {
    // Each of these responses counts as 1 KiB.
    let limits = RateLimits { kept_kib_per_day: limit(25), ..RateLimits::default() };
    let server = Server::limited(limits).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let body = json!({"n": 1});
    for key in ["a", "b"] {
        assert_eq!(server.send(insert(&ada, key, &body)).await.status, 201);
    }
    assert_eq!(refused(&server.send(insert(&ada, "c", &body)).await), DAY.as_secs());
    let again = server.send(insert(&ada, "a", &body)).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    let without = post(&format!("{}/documents", ada.path)).token(&ada.token).json(&body);
    assert_eq!(server.send(without).await.status, 201);
    assert_eq!(server.send(insert(&bob, "a", &body)).await.status, 201);

    let create = |n: usize| {
        let body = organization(&format!("Acme {n}"), &format!("ada{n}@example.com"));
        post("/v1/organizations").header("Idempotency-Key", &format!("k{n}")).json(&body)
    };
    let mut created = 0;
    while server.send(create(created)).await.status == 201 {
        created += 1;
        assert!(created < 30, "there is no limit");
    }
    assert_eq!(created, 12, "a half of 25");
    refused(&server.send(create(created)).await);
    assert_eq!(server.send(create(created).token(OPERATOR)).await.status, 201);
    server.clock.advance(DAY);
    let token = server.login("ada@example.com").await;
    assert_eq!(server.send(insert(&Member { token, ..ada }, "d", &body)).await.status, 201);
}

#[actix_web::test]
async fn limits_of_stored_responses_are_separate_by_organization() {
    let limits = RateLimits { kept_kib_per_day: limit(25), ..RateLimits::default() };
    let server = Server::limited(limits).await;
    let (body, mut kept) = (json!({"n": 1}), Vec::new());
    for n in 0..20 {
        let member = server.member(&format!("Acme {n}"), &format!("ada{n}@example.com")).await;
        let first = server.send(insert(&member, "a", &body)).await;
        assert_eq!(first.status, 201, "each has a part that is its own: {n}");
        let second = server.send(insert(&member, "b", &body)).await;
        kept.push(second.status == 201);
        if second.status != 201 {
            refused(&second);
        }
    }
    let together = kept.iter().filter(|kept| **kept).count();
    assert_eq!(together, 12, "beyond that a half of 25 for all");
    let sign_up = organization("Globex", "eve@example.com");
    let sign_up = post("/v1/organizations").header("Idempotency-Key", "k").json(&sign_up);
    assert_eq!(server.send(sign_up).await.status, 201, "sign-ups have the other half");
}

#[actix_web::test]
async fn not_found_responses_are_not_stored_and_repeat_one_kib_of_the_path() {
    let (clock, kept) = (Arc::new(SettableClock::default()), Arc::new(AtomicUsize::new(0)));
    let ports = ports(&clock).await;
    let measured = Measured { inner: ports.idempotency.clone(), kept: kept.clone() };
    let ports = Ports { idempotency: Arc::new(measured), ..ports };
    let limits = RateLimits { kept_kib_per_day: limit(10), ..RateLimits::default() };
    let server = Server::limited_over(ports, clock, limits).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let missing = format!("/v1/organizations/{}", "x".repeat(30_000));
    for key in ["a", "b", "c"] {
        for path in [format!("{missing}/documents"), format!("{missing}/admins")] {
            let call = post(&path).token(&ada.token).header("Idempotency-Key", key);
            let response = server.send(call.json(&json!({"n": 1}))).await;
            assert_ne!(response.status, 429, "{}", response.text());
            assert!(response.status.is_client_error());
            assert_eq!(response.json()["instance"].as_str(), Some(&path[..1024]));
        }
    }
    assert_eq!(kept.load(Ordering::Relaxed), 0);
    assert_eq!(server.send(insert(&ada, "d", &json!({}))).await.status, 201, "none was counted");
}

#[actix_web::test]
async fn attempts_to_add_admins_are_limited_per_day() {
    let limits = RateLimits { changes_per_day: limit(5), ..RateLimits::default() };
    let server = Server::limited(limits).await;
    let ada = server.member("Acme", "ada@example.com").await;
    server.member("Globex", "eve@example.com").await;
    let admin =
        json!({"email": "eve@example.com", "role": "viewer", "password": "correct horse 7"});
    let probe = || post(&format!("{}/admins", ada.path)).token(&ada.token).json(&admin);
    for _ in 0..5 {
        assert_eq!(server.send(probe()).await.problem(409), "email_taken");
    }
    refused(&server.send(probe()).await);
}

#[actix_web::test]
async fn changes_and_renames_are_limited_per_day() {
    let limits = RateLimits { changes_per_day: limit(20), ..RateLimits::default() };
    let server = Server::limited(limits).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let bob = server.member("Globex", "bob@example.com").await;
    let change = async |member: &Member, change: Value| {
        server.send(patch(&member.path, &change).token(&member.token)).await
    };
    for n in 0..2 {
        assert_eq!(change(&ada, json!({"name": format!("Acme {n}")})).await.status, 200);
    }
    let response = change(&ada, json!({"name": "Acme 2"})).await;
    assert_eq!(refused(&response), DAY.as_secs());
    assert!(response.text().contains("renames"), "{}", response.text());
    let account = json!({"organization_name": "acme_3", "email": "eve@example.com", "password": "Correct horse 5"});
    let both = crate::support::call("PUT", "/org/update").json(&account).token(&ada.token);
    assert_eq!(server.send(both).await.status, 429, "the reference API renames, too");
    let mut changed = 0;
    while change(&ada, json!({"description": format!("{changed}")})).await.status == 200 {
        changed += 1;
        assert!(changed < 30, "there is no limit");
    }
    assert_eq!(changed, 16, "of 20, four were renames and refused ones");
    let admin =
        json!({"email": "eve@example.com", "role": "viewer", "password": "correct horse 7"});
    let add = post(&format!("{}/admins", ada.path)).token(&ada.token).json(&admin);
    refused(&server.send(add).await);
    let name = patch(&format!("{}/admins/{}", ada.path, ada.admin_id), &json!({"name": "Eve"}));
    refused(&server.send(name.token(&ada.token)).await);
    assert_eq!(change(&bob, json!({"name": "Initech"})).await.status, 200);
    let limits = patch(&ada.path, &json!({"rate_limit": 7})).token(OPERATOR);
    assert_eq!(server.send(limits).await.status, 200, "the operator is not limited");
}

#[actix_web::test]
async fn the_number_of_admins_is_limited_under_concurrency() {
    let server = Server::limited(RateLimits { admins: 3, ..RateLimits::default() }).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let admins = format!("{}/admins", ada.path);
    let add = async |n: usize| {
        let email = format!("eve{n}@example.com");
        let body = json!({"email": email, "role": "viewer", "password": "correct horse 7"});
        server.send(post(&admins).token(&ada.token).json(&body)).await
    };
    let responses = join_all((0..10).map(add)).await;
    let (added, refused): (Vec<_>, Vec<_>) =
        responses.iter().partition(|response| response.status == 201);
    assert_eq!(added.len(), 2);
    refused.iter().for_each(|response| assert_eq!(response.problem(403), "quota_exceeded"));
    let page = server.send(get(&admins).token(&ada.token)).await.json();
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    let path = format!("{admins}/{}", added[0].json()["id"].as_str().unwrap());
    assert_eq!(server.send(delete(&path).token(&ada.token)).await.status, 204);
    assert_eq!(add(10).await.status, 201, "there is room again");
    assert_eq!(add(11).await.problem(403), "quota_exceeded");
}

#[actix_web::test]
async fn events_contain_no_large_values() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    for letter in ["x", "y"] {
        let metadata = json!({"metadata": {"text": letter.repeat(15 * 1024)}});
        let changed = server.send(patch(&ada.path, &metadata).token(&ada.token)).await;
        assert_eq!(changed.status, 200);
    }
    let path = format!("{}/audit-events?action=organization.updated", ada.path);
    let page = server.send(get(&path).token(&ada.token)).await.json();
    let events = page["items"].as_array().unwrap();
    assert_eq!(events.len(), 2);
    for event in events {
        assert!(event.to_string().len() < 1500, "{event}");
    }
    let both = json!(["before", "after"]);
    let changes = events.iter().map(|event| &event["changes"]["metadata"]);
    let change = changes.into_iter().find(|change| change["omitted"] == both).unwrap();
    assert_ne!(change["before"]["sha256"], change["after"]["sha256"]);
    let verify = format!("{}/audit-events/verify", ada.path);
    let verified = server.send(get(&verify).token(&ada.token)).await.json();
    assert_eq!(verified["intact"], true, "{verified}");
}
