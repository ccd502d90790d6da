//! A database that freezes, stops, or does not exist.
#![expect(clippy::print_stdout, reason = "how long each request took is worth knowing")]

use std::time::{Duration, Instant};

use local_mongod::{Deployment, Options};
use reqwest::RequestBuilder;
use serde_json::json;
use tempfile::TempDir;

use super::{OPERATOR, REQUEST_TIMEOUT, is_ready, server_on};
use crate::api::{Api, PASSWORD, Response};
use crate::support::tenantry;

/// Timeout until a server reports that it is not ready.
const READINESS: Duration = Duration::from_secs(3);
/// Time for which cached records can answer requests.
const CACHED: Duration = Duration::from_secs(1);
/// Timeout until a start without a database fails; the database may be starting, too.
const START_FAILURE: Duration = Duration::from_secs(15);

/// An organization, its owner, and an acknowledged document.
struct Member {
    id: String,
    token: String,
}

impl Member {
    async fn new(api: &Api) -> Self {
        let id = api.create("Acme", "ada@example.com").await.unwrap().text("id");
        let token = api.login("ada@example.com").await.unwrap().text("access_token");
        let document = json!({ "_id": "kept", "text": "x" });
        assert_eq!(api.insert(&token, &id, &document).await.unwrap().status, 201);
        Self { id, token }
    }

    /// A request of each kind.
    fn requests(&self, api: &Api) -> Vec<(&'static str, RequestBuilder)> {
        let Self { id, token } = self;
        let path = format!("/v1/organizations/{id}");
        let documents = format!("{path}/documents");
        let login = json!({ "email": "ada@example.com", "password": PASSWORD });
        let owner = json!({ "email": "bob@example.com", "password": PASSWORD });
        let org = json!({ "organization_name": "gamma", "email": "eve@example.com", "password": PASSWORD });
        let create =
            || api.post("/v1/organizations", "").json(&json!({ "name": "Beta", "owner": owner }));
        let insert = || api.post(&documents, token).json(&json!({ "_id": "d", "text": "y" }));
        let rename = api.request(reqwest::Method::PATCH, &path, token);
        vec![
            ("log in", api.post("/v1/auth/login", "").json(&login)),
            ("me", api.get("/v1/me", token)),
            ("create", create()),
            ("create with a key", create().header("Idempotency-Key", "create")),
            ("insert", insert()),
            ("insert with a key", insert().header("Idempotency-Key", "insert")),
            ("rename", rename.json(&json!({ "name": "Acme Two" }))),
            ("document", api.get(&format!("{documents}/kept"), token)),
            ("documents", api.get(&documents, token)),
            ("organizations", api.get("/v1/organizations", OPERATOR)),
            ("org: log in", api.post("/admin/login", "").json(&login)),
            ("org: create", api.post("/org/create", "").json(&org)),
            ("enterprise: log in", api.post("/auth/login", "").json(&login)),
            ("enterprise: list", api.get("/organizations/", "")),
            ("enterprise: get", api.get(&format!("/organizations/{id}"), "")),
        ]
    }

    /// Expects that every kind of request is refused in time, with the right problem, once the
    /// database is `gone`.
    async fn assert_refused(&self, api: &Api, gone: Instant, when: &str) {
        let responses = self.requests(api).into_iter().map(|(kind, request)| {
            let api = api.clone();
            let send = async move {
                let start = Instant::now();
                (kind, api.send(request).await.unwrap(), start.elapsed(), gone.elapsed())
            };
            tokio::spawn(send)
        });
        let mut slowest = ("", Duration::ZERO);
        for response in responses.collect::<Vec<_>>() {
            let (kind, response, time, since) = response.await.unwrap();
            let sent = since.saturating_sub(time);
            if kind == "me" && response.status == 200 && sent < CACHED {
                continue;
            }
            assert_unavailable(&response, kind);
            assert!(time < REQUEST_TIMEOUT, "{kind} took {time:?}");
            slowest = if time > slowest.1 { (kind, time) } else { slowest };
        }
        println!("{when}: the slowest request took {:.1?} ({})", slowest.1, slowest.0);
    }

    /// Expects that the server is ready and live, and that nothing is lost.
    async fn assert_healthy(&self, api: &Api, when: &str) {
        let start = Instant::now();
        is_ready(api).await;
        let document = format!("/v1/organizations/{}/documents/kept", self.id);
        let kept = api.send(api.get(&document, &self.token)).await.unwrap();
        assert_eq!((kept.status, kept.text("text")), (200, "x".to_owned()));
        for (kind, request) in self.requests(api) {
            let response = api.send(request).await.unwrap();
            // A request without a response may have been executed.
            let right = matches!(response.status, 200 | 201 | 409)
                || (kind == "org: create" && response.status == 400);
            assert!(right, "{kind}: {} {}", response.status, response.body);
        }
        println!("{when}: all is well after {:.1?}", start.elapsed());
    }
}

fn assert_unavailable(response: &Response, kind: &str) {
    assert_eq!(response.status, 503, "{kind}: {}", response.body);
    if response.body.get("detail").is_some() && response.body.get("code").is_none() {
        assert_eq!(response.text("detail"), "The store does not answer", "{kind}");
    } else {
        assert_eq!(response.text("code"), "store_unavailable", "{kind}");
        assert_eq!(response.headers["content-type"], "application/problem+json", "{kind}");
    }
    assert!(response.headers.contains_key("retry-after"), "{kind}");
}

/// Expects that the process is alive and not ready.
async fn assert_live_and_unready(api: &Api) {
    for path in ["/health/ready", "/health"] {
        let start = Instant::now();
        let ready = api.send(api.get(path, "")).await.unwrap();
        assert_unavailable(&ready, path);
        assert!(start.elapsed() < READINESS, "{path}: {:?}", start.elapsed());
    }
    assert_eq!(api.send(api.get("/health/live", "")).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn service_resumes_after_a_frozen_database() {
    let set = Options::replica_set(1).start().await.unwrap();
    let server = server_on(&set);
    let api = Api::new(&server);
    let member = Member::new(&api).await;
    for round in 0..2 {
        set.freeze(0).unwrap();
        let frozen = Instant::now();
        assert_live_and_unready(&api).await;
        // First over connections that were alive a moment ago, then without any.
        tokio::join!(
            member.assert_refused(&api, frozen, "frozen a moment ago"),
            assert_live_and_unready(&api)
        );
        member.assert_refused(&api, frozen, "frozen for a while").await;
        assert_live_and_unready(&api).await;
        set.thaw(0).unwrap();
        member.assert_healthy(&api, &format!("thawed, round {round}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn service_resumes_after_a_restart_of_a_standalone_database() {
    let mut standalone = Options::standalone().start().await.unwrap();
    let server = server_on(&standalone);
    let api = Api::new(&server);
    let member = Member::new(&api).await;
    standalone.kill(0);
    let gone = Instant::now();
    assert_live_and_unready(&api).await;
    member.assert_refused(&api, gone, "gone").await;
    standalone.restart(0).await.unwrap();
    member.assert_healthy(&api, "back").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_is_reported_at_start() {
    let mut standalone = Options::standalone().start().await.unwrap();
    standalone.freeze(0).unwrap();
    refuses_to_start(&standalone, "frozen");
    standalone.kill(0);
    refuses_to_start(&standalone, "gone");
}

fn refuses_to_start(deployment: &Deployment, when: &str) {
    let directory = TempDir::new().unwrap();
    let settings = [("MONGODB_URL", deployment.url()), ("BIND", "127.0.0.1:0")];
    let start = Instant::now();
    let output = tenantry(directory.path()).envs(settings).output().unwrap();
    let time = start.elapsed();
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), line.lines().count()), (Some(1), 1), "{line}");
    assert!(line.starts_with("tenantry: MONGODB_URL: can't use the database: "), "{line}");
    assert!(output.stdout.is_empty());
    assert!(time < START_FAILURE, "{when}: told after {time:?}");
    println!("{when}: told after {time:.1?}: {line}");
}
