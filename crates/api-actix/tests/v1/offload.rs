//! Offloading of work on large bodies and documents from the request threads.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::model::OrganizationId;
use domain::ports::{PoolBusy, Ports, Requester, Work, WorkPool};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};

use crate::store::ports;
use crate::support::{Call, Server, call, get, organization, patch, post};

/// Executes or refuses all work, and records its requesters.
#[derive(Default)]
struct Counted {
    requesters: Mutex<Vec<Requester>>,
    is_busy: Mutex<bool>,
}

#[async_trait]
impl WorkPool for Counted {
    async fn run(&self, requester: &Requester, work: Work) -> Result<(), PoolBusy> {
        if *self.is_busy.lock().unwrap() {
            return Err(PoolBusy);
        }
        self.requesters.lock().unwrap().push(requester.clone());
        work();
        Ok(())
    }
}

impl Counted {
    fn take(&self) -> Vec<Requester> {
        std::mem::take(&mut *self.requesters.lock().unwrap())
    }
}

async fn server() -> (Server, Arc<Counted>) {
    let (clock, work) = (Arc::new(SettableClock::default()), Arc::new(Counted::default()));
    let ports = Ports { work: work.clone(), ..ports(&clock).await };
    (Server::over(ports, clock, Signup::Open).await, work)
}

fn put(path: &str, body: &Value) -> Call {
    call("PUT", path).json(body)
}

#[actix_web::test]
async fn large_work_is_offloaded_on_behalf_of_its_organization() {
    let (server, work) = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let acme = Requester::Organization(OrganizationId::parse(&ada.id).unwrap());
    assert_eq!(work.take(), Vec::new(), "what is small is computed where it is");
    let documents = format!("{}/documents", ada.path);
    let path = format!("{documents}/x");
    let large = json!({"text": "x".repeat(100 * 1024)});
    let sorted = format!("{documents}?sort=n&fields=n");
    for (call, jobs, what) in [
        (put(&path, &large), 2, "parsing and hashing"),
        (patch(&path, &json!({"n": 1})), 1, "merging into a large document"),
        (patch(&path, &large), 2, "parsing and merging a large patch"),
        (get(&path), 1, "hashing"),
        (get(&sorted), 1, "showing a large page"),
        (post(&documents).json(&large).header("Idempotency-Key", "a"), 3, "a fingerprint, too"),
        (call("DELETE", &path), 0, "nothing to compute"),
        (put(&path, &json!({"n": 1})), 0, "small"),
        (get(&path), 0, "small"),
    ] {
        let response = server.send(call.token(&ada.token)).await;
        assert!(response.status.is_success(), "{what}: {}", response.text());
        assert_eq!(work.take(), vec![acme.clone(); jobs], "{what}");
    }
    let lines = format!("{large}\n{{}}\n{large}\n");
    let import = post(&format!("{documents}/import")).token(&ada.token);
    let import = import.header("Content-Type", "application/x-ndjson").body(lines);
    assert_eq!(server.send(import).await.json()["inserted"], 3);
    assert_eq!(work.take(), [acme.clone(), acme], "the large lines");
}

#[actix_web::test]
async fn anonymous_work_is_accounted_to_the_client_network() {
    let (server, work) = server().await;
    let padded = |body: &Value| body.to_string() + &" ".repeat(100 * 1024);
    let login = json!({"email": "ada@example.com", "password": "wrong wrong"});
    for (path, body) in
        [("/v1/organizations", organization("Acme", "ada@example.com")), ("/v1/auth/login", login)]
    {
        let call = post(path).header("Content-Type", "application/json");
        server.send(call.body(padded(&body))).await;
        let requesters = work.take();
        assert_eq!(requesters.len(), 1);
        assert!(matches!(requesters[0], Requester::Client(_)), "{requesters:?}");
    }
}

#[actix_web::test]
async fn work_is_refused_with_retry_after_when_the_pool_is_busy() {
    let (server, work) = server().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let path = format!("{}/documents/x", ada.path);
    let large = json!({"text": "x".repeat(100 * 1024)});
    assert_eq!(server.send(put(&path, &large).token(&ada.token)).await.status, 201);
    *work.is_busy.lock().unwrap() = true;
    for call in [put(&path, &json!({"other": large})), patch(&path, &json!({"n": 1})), get(&path)] {
        let response = server.send(call.token(&ada.token)).await;
        assert_eq!(response.problem(503), "overloaded");
        assert_eq!(response.header("retry-after"), "2");
    }
    *work.is_busy.lock().unwrap() = false;
    let read = server.send(get(&path).token(&ada.token)).await;
    assert_eq!(read.json()["text"], large["text"], "nothing was changed");
}
