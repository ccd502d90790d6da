//! Callers that are revoked while their request is in progress.

use std::sync::Arc;

use async_trait::async_trait;
use domain::model::{Password, PasswordHash};
use domain::ports::{HashJob, HasherError, PasswordHasher, PasswordVerdict, Ports};
use domain::service::Signup;
use futures_util::future::join;
use port_contracts::fakes::SettableClock;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::store::ports;
use crate::support::{
    Call, Member, OPERATOR, PASSWORD, Response, Server, call, delete, get, patch, post, text,
};

/// A hasher that pauses after each hash until it may continue.
struct StoppingHasher {
    inner: Arc<dyn PasswordHasher>,
    created: Semaphore,
    going_on: Semaphore,
}

#[async_trait]
impl PasswordHasher for StoppingHasher {
    async fn hash(&self, job: HashJob, password: Password) -> Result<PasswordHash, HasherError> {
        let hash = self.inner.hash(job, password).await;
        self.created.add_permits(1);
        self.going_on.acquire().await.unwrap().forget();
        hash
    }

    async fn verify(
        &self,
        job: HashJob,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<PasswordVerdict, HasherError> {
        self.inner.verify(job, password, hash).await
    }
}

/// Two nodes with one store; one of them pauses after hashing a password.
struct Nodes {
    hasher: Arc<StoppingHasher>,
    stopping: Server,
    other: Server,
}

impl Nodes {
    async fn new() -> Self {
        let clock = Arc::new(SettableClock::default());
        let ports = ports(&clock).await;
        let (created, going_on) = (Semaphore::new(0), Semaphore::new(0));
        let hasher = Arc::new(StoppingHasher { inner: ports.hasher.clone(), created, going_on });
        let stopping = Ports { hasher: hasher.clone(), ..ports.clone() };
        let stopping = Server::over(stopping, clock.clone(), Signup::Open).await;
        let other = Server::over(ports, clock, Signup::Open).await;
        Self { hasher, stopping, other }
    }

    /// The response to `call`; the hash that it needs is followed by `revocation` at the node `at`.
    async fn send(&self, call: Call, at: &Server, revocation: Call) -> Response {
        let revoking = async {
            self.hasher.created.acquire().await.unwrap().forget();
            let revoked = at.send(revocation).await;
            assert!(revoked.status.is_success(), "{}", revoked.text());
            self.hasher.going_on.add_permits(1);
        };
        join(self.stopping.send(call), revoking).await.0
    }
}

type MakeCall = fn(&Member) -> Call;

/// The requests that hash a password, and the admins afterwards.
const HASHING: [(&str, MakeCall); 3] = [
    ("create_admin", |of| {
        let body = json!({"email": "new@example.com", "password": PASSWORD, "role": "owner"});
        post(&format!("{}/admins", of.path)).json(&body)
    }),
    ("change_password", |_| {
        let body = json!({"current_password": PASSWORD, "new_password": "Another horse 6"});
        post("/v1/auth/password").json(&body)
    }),
    ("org_update", |_| {
        let body = json!({
            "organization_name": "Initech",
            "email": "thief@example.com",
            "password": "Another horse 6",
        });
        call("PUT", "/org/update").json(&body)
    }),
];

type Revocation = (&'static str, u16, fn(&Member, &str, &str) -> Call);

/// Revokes the admin with this id and token, as the founder.
const REVOCATIONS: [Revocation; 4] = [
    ("session ended", 401, |_, _, token| delete("/v1/auth/sessions").token(token)),
    ("removed", 401, |of, id, _| delete(&format!("{}/admins/{id}", of.path)).token(&of.token)),
    ("demoted", 403, |of, id, _| {
        patch(&format!("{}/admins/{id}", of.path), &json!({"role": "viewer"})).token(&of.token)
    }),
    ("suspended", 403, |of, _, _| post(&format!("{}/suspend", of.path)).token(OPERATOR)),
];

/// The admins of an organization, and its name.
async fn contents(server: &Server, of: &Member) -> Value {
    let admins = server.send(get(&format!("{}/admins", of.path)).token(&of.token)).await.json();
    let admins = admins["items"].as_array().unwrap();
    let addresses: Vec<_> = admins.iter().map(|admin| &admin["email"]).collect();
    let organization = server.send(get(&of.path).token(&of.token)).await.json();
    json!([addresses, organization["name"]])
}

#[actix_web::test]
async fn callers_revoked_while_a_password_is_hashed_change_nothing() {
    let nodes = Nodes::new().await;
    for (operation, request) in HASHING {
        for (revocation, status, revoke) in REVOCATIONS {
            if operation == "change_password" && revocation == "demoted" {
                continue;
            }
            for (node, at) in [("this", &nodes.stopping), ("another", &nodes.other)] {
                let context = format!("{operation}, {revocation} at {node} node");
                let founder = format!("{operation}.{status}.{node}.{revocation}@example.com");
                let of = nodes.other.member(&context, &founder.replace(' ', "_")).await;
                let email = format!("second.{}", founder.replace(' ', "_"));
                let body = json!({"email": email, "password": PASSWORD, "role": "owner"});
                let admins = post(&format!("{}/admins", of.path)).json(&body).token(&of.token);
                let id = text(&nodes.other.send(admins).await.json()["id"]);
                let token = nodes.other.login(&email).await;
                let revoke = revoke(&of, &id, &token);
                let response = nodes.send(request(&of).token(&token), at, revoke).await;
                assert_eq!(response.status, status, "{context}: {}", response.text());
                let opened = post(&format!("{}/activate", of.path)).token(OPERATOR);
                nodes.other.send(opened).await;
                let mut left = vec![founder.replace(' ', "_")];
                if revocation != "removed" {
                    left.push(email.clone());
                    nodes.other.login(&email).await;
                }
                assert_eq!(contents(&nodes.other, &of).await, json!([left, context]));
            }
        }
    }
}

#[actix_web::test]
async fn callers_revoked_during_a_body_get_no_replayed_response() {
    let server = Server::new().await;
    let ada = server.member("Acme", "ada@example.com").await;
    let body = json!({"_id": "invoice-1", "text": "secret"});
    let call = || {
        let insert = post(&format!("{}/documents", ada.path)).json(&body).token(&ada.token);
        insert.header("Idempotency-Key", "one")
    };
    assert_eq!(server.send(call()).await.status, 201);
    let replayed = server.send_in_halves(call(), Box::pin(async {})).await;
    assert_eq!((replayed.status.as_u16(), replayed.header("idempotent-replayed")), (201, "true"));
    let end = server.sending(delete("/v1/auth/sessions").token(&ada.token));
    let refused = server.send_in_halves(call(), Box::pin(async { drop(end.await) })).await;
    assert_eq!(refused.problem(401), "token_invalid");
    assert!(!refused.text().contains("secret"));
}
