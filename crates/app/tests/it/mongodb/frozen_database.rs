//! A database that freezes during requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use local_mongod::Options;
use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use super::{REQUEST_TIMEOUT, is_ready, server_on, wait_until_settled};
use crate::api::{Api, PASSWORD, Response};

const CLIENTS: usize = 8;
const ROUNDS: usize = 4;

/// A client, its organization, and the acknowledged documents.
struct Client {
    api: Api,
    number: usize,
    id: String,
    token: String,
    sent: usize,
    documents: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_progress_survive_a_frozen_database() {
    let set = Options::replica_set(1).start().await.unwrap();
    let server = server_on(&set);
    let api = Api::new(&server);
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        clients.push(Client::new(&api, number).await);
    }
    for _ in 0..ROUNDS {
        let answered = Arc::new(Semaphore::new(0));
        let work = clients.into_iter().map(|client| client.work(Arc::clone(&answered)));
        let work: Vec<_> = work.map(tokio::spawn).collect();
        answered.acquire_many(5 * CLIENTS as u32).await.unwrap().forget();
        set.freeze(0).unwrap();
        clients = Vec::new();
        let mut slowest = ("", Duration::ZERO);
        for work in work {
            let (client, kind, time) = work.await.unwrap();
            slowest = if time > slowest.1 { (kind, time) } else { slowest };
            clients.push(client);
        }
        println!("the slowest request took {:.1?} ({})", slowest.1, slowest.0);
        assert!(slowest.1 < REQUEST_TIMEOUT, "{slowest:?}");
        set.thaw(0).unwrap();
        is_ready(&api).await;
    }
    wait_until_settled(&api).await;
    for client in clients {
        client.check().await;
    }
    server.nothing_is_wrong();
}

impl Client {
    async fn new(api: &Api, number: usize) -> Self {
        let email = format!("owner{number}@example.com");
        let id = api.create(&format!("Acme {number}"), &email).await.unwrap().text("id");
        let token = api.login(&email).await.unwrap().text("access_token");
        Self { api: api.clone(), number, id, token, sent: 0, documents: Vec::new() }
    }

    /// Sends requests until one is refused or left to recovery; returns the slowest, and its
    /// duration.
    async fn work(mut self, answered: Arc<Semaphore>) -> (Self, &'static str, Duration) {
        let mut slowest = ("", Duration::ZERO);
        loop {
            let start = Instant::now();
            let (kind, response) = self.step().await;
            slowest = if start.elapsed() > slowest.1 { (kind, start.elapsed()) } else { slowest };
            match response.status {
                200 | 201 | 204 => answered.add_permits(1),
                202 | 503 => return (self, slowest.0, slowest.1),
                // Requests interrupted in the last round may still be pending.
                409 if response.text("code") == "contended" => answered.add_permits(1),
                _ => panic!("{kind}: {} {}", response.status, response.body),
            }
        }
    }

    /// Every request has an idempotency key, which costs two more accesses to the database.
    async fn step(&mut self) -> (&'static str, Response) {
        self.sent += 1;
        let (api, token, path) = (&self.api, &self.token, format!("/v1/organizations/{}", self.id));
        let label = format!("{} {}", self.number, self.sent);
        let (kind, request) = match (self.number + self.sent) % 4 {
            0 => {
                let email = format!("{}@example.com", label.replace(' ', "."));
                let owner = json!({ "email": email, "password": PASSWORD });
                let body = json!({ "name": format!("Thing {label}"), "owner": owner });
                ("create", api.post("/v1/organizations", "").json(&body))
            }
            1 => {
                let body = json!({ "name": format!("Acme {label}") });
                ("rename", api.request(Method::PATCH, &path, token).json(&body))
            }
            _ => {
                let body = json!({ "_id": label });
                ("insert", api.post(&format!("{path}/documents"), token).json(&body))
            }
        };
        let response = api.send(request.header("Idempotency-Key", label.replace(' ', "-"))).await;
        let response = response.unwrap();
        if (kind, response.status) == ("insert", 201) {
            self.documents.push(label);
        }
        (kind, response)
    }

    /// Every acknowledged document exists, and requests of each kind succeed.
    async fn check(mut self) {
        let path = format!("/v1/organizations/{}/documents?limit=100", self.id);
        let stored = self.api.all(&self.token, &path).await.unwrap();
        for id in &self.documents {
            assert!(stored.iter().any(|document| document["_id"] == **id), "{id} is lost");
        }
        for _ in 0..4 {
            let (kind, response) = self.step().await;
            assert!([200, 201].contains(&response.status), "{kind}: {}", response.body);
        }
    }
}
