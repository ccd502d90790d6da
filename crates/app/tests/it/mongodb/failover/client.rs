//! A client that works through failures, and remembers the acknowledged changes.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use super::super::{OPERATOR, SETTLE_TIMEOUT};
use super::{Endpoint, SERVERS};
use crate::api::{Api, Response, Result};

/// Each login costs two hashes, which dominate the load.
const ORGANIZATIONS: usize = 6;
pub(super) struct Client {
    number: usize,
    doors: [Endpoint; SERVERS],
    /// Number of requests.
    sent: usize,
    done: Acknowledged,
    organizations: Vec<Organization>,
}

/// Number of acknowledged and unacknowledged requests of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Acknowledged {
    pub(super) creates: usize,
    pub(super) renames: usize,
    pub(super) inserts: usize,
    pub(super) reads: usize,
    pub(super) refused: usize,
}

/// An organization as its client knows it.
struct Organization {
    id: String,
    token: String,
    /// The latest acknowledged name, and whether it was acknowledged with 202.
    name: String,
    pending: bool,
    /// Names requested since.
    unsure: Vec<String>,
    /// In the order of their acknowledgement.
    documents: Vec<Value>,
}

impl Client {
    pub(super) fn new(number: usize, doors: [Endpoint; SERVERS]) -> Self {
        Self { number, doors, sent: 0, done: Acknowledged::default(), organizations: Vec::new() }
    }

    pub(super) async fn work(mut self, over: Arc<AtomicBool>) -> Self {
        while !over.load(Ordering::Relaxed) {
            match self.sent % 100 {
                0 if self.organizations.len() < ORGANIZATIONS => self.create().await,
                step if step % 10 == 5 => self.rename().await,
                step if step % 3 == 1 => self.read().await,
                _ => self.insert().await,
            }
        }
        self
    }

    /// Sends a request to the next server, and expects one of these statuses, whatever happens to
    /// the primary.
    async fn send<F>(&mut self, request: impl Fn(Api) -> F) -> (Endpoint, Response)
    where
        F: Future<Output = Result>,
    {
        let right = |response: &Response| matches!(response.status, 200..=299 | 409 | 429 | 503);
        self.send_for(request, right).await
    }

    /// Sends a request to the next server, and expects the status `right`.
    async fn send_for<F>(
        &mut self,
        request: impl Fn(Api) -> F,
        right: impl Fn(&Response) -> bool,
    ) -> (Endpoint, Response)
    where
        F: Future<Output = Result>,
    {
        self.sent += 1;
        let door = self.doors[(self.number + self.sent) % SERVERS].clone();
        let response = request(door.api.clone()).await.expect("the server lives on");
        assert!(right(&response), "{} {}", response.status, response.body);
        self.done.refused += usize::from(response.status >= 400);
        (door, response)
    }

    /// Repeats the request until the organization exists. After a 503, a 409 means that it is being
    /// created.
    async fn create(&mut self) {
        let name = format!("client {} thing {}", self.number, self.sent);
        let email = format!("owner{}-{}@example.com", self.number, self.sent);
        loop {
            let (_, response) = self.send(async |api| api.create(&name, &email).await).await;
            match response.status {
                503 => {}
                409 => {
                    assert_eq!(response.text("code"), "name_taken");
                    break;
                }
                _ => break,
            }
        }
        let id = self.active(&name).await;
        let token = loop {
            let (_, response) = self.send(async |api| api.login(&email).await).await;
            if response.status == 200 {
                break response.text("access_token");
            }
        };
        self.done.creates += 1;
        let (unsure, documents) = (Vec::new(), Vec::new());
        let organization = Organization { id, token, name, pending: false, unsure, documents };
        self.organizations.push(organization);
    }

    /// The id of the organization with this name once it is active: before that, no login succeeds.
    async fn active(&mut self, name: &str) -> String {
        let path = format!("/v1/organizations?status=active&q={}", name.replace(' ', "%20"));
        let start = Instant::now();
        loop {
            // Twice, because recovery may meet the next election.
            assert!(start.elapsed() < 2 * SETTLE_TIMEOUT, "{name} is not active");
            let get = async |api: Api| api.send(api.get(&path, OPERATOR)).await;
            let (_, response) = self.send(get).await;
            let items = response.body["items"].as_array().cloned().unwrap_or_default();
            if let Some(found) = items.iter().find(|item| item["name"] == name) {
                return found["id"].as_str().unwrap().to_owned();
            }
        }
    }

    async fn rename(&mut self) {
        let name = format!("client {} thing {}", self.number, self.sent);
        let (id, token) = self.one();
        let start = Instant::now();
        let to = name.clone();
        let (door, response) = self.send(async |api| api.rename(&token, &id, &to).await).await;
        let organization = self.known(&id);
        match response.status {
            // Completed, or accepted and completed soon.
            200 | 202 => {
                organization.name = name;
                organization.pending = response.status == 202;
                organization.unsure.clear();
                self.done.renames += 1;
                door.wrote(start);
            }
            503 => organization.unsure.push(name),
            _ => {}
        }
    }

    /// Repeats the request until the document exists; only a repetition may find it present.
    async fn insert(&mut self) {
        let key = format!("d{}", self.sent);
        let (id, token) = self.one();
        let document = json!({ "_id": key, "of": id, "text": "x".repeat(100) });
        let mut first = true;
        loop {
            let start = Instant::now();
            let insert = async |api: Api| api.insert(&token, &id, &document).await;
            let (door, response) = self.send(insert).await;
            match response.status {
                201 => door.wrote(start),
                409 if response.text("code") == "document_exists" => {
                    assert!(!first, "no other client creates {key}");
                }
                _ => {
                    first = false;
                    continue;
                }
            }
            self.known(&id).documents.push(document);
            self.done.inserts += 1;
            return;
        }
    }

    /// Reads return what was acknowledged, through every server.
    async fn read(&mut self) {
        let (id, token) = self.one();
        let organization = self.known(&id);
        let latest = organization.documents.last().cloned();
        let sure = !organization.pending && organization.unsure.is_empty();
        let name = sure.then(|| organization.name.clone());
        let get = async |api: Api| api.organization(&token, &id).await;
        let named =
            |response: &Response| name.as_ref().is_none_or(|name| response.body["name"] == **name);
        self.send_for(get, |it| it.status == 503 || (it.status == 200 && named(it))).await;
        let Some(latest) = latest else { return };
        let key = latest["_id"].as_str().unwrap();
        let path = format!("/v1/organizations/{id}/documents/{key}");
        let get = async |api: Api| api.send(api.get(&path, &token)).await;
        self.send_for(get, |it| it.status == 503 || it.body == latest).await;
        self.done.reads += 2;
    }

    /// Compares every server with the acknowledged changes of this client.
    pub(super) async fn check(&self) -> Acknowledged {
        for organization in &self.organizations {
            for door in &self.doors {
                organization.check(&door.api).await;
            }
        }
        self.done
    }

    /// The organizations in turn.
    fn one(&self) -> (String, String) {
        let one = &self.organizations[self.sent % self.organizations.len()];
        (one.id.clone(), one.token.clone())
    }

    fn known(&mut self, id: &str) -> &mut Organization {
        self.organizations.iter_mut().find(|one| one.id == id).unwrap()
    }
}

impl Organization {
    async fn check(&self, api: &Api) {
        let response = api.organization(&self.token, &self.id).await.unwrap();
        assert_eq!((response.status, response.text("status").as_str()), (200, "active"));
        let name = response.text("name");
        let right = name == self.name || self.unsure.contains(&name);
        assert!(right, "{name}, not {} or {:?}", self.name, self.unsure);
        let path = format!("/v1/organizations/{}/documents?limit=100", self.id);
        let stored = by_id(api.all(&self.token, &path).await.unwrap());
        assert_eq!(stored, by_id(self.documents.clone()), "the documents of {}", self.name);
    }
}

fn by_id(documents: Vec<Value>) -> BTreeMap<String, Value> {
    let keyed = documents.into_iter().map(|it| (it["_id"].as_str().unwrap().to_owned(), it));
    keyed.collect()
}

impl AddAssign for Acknowledged {
    fn add_assign(&mut self, other: Self) {
        self.creates += other.creates;
        self.renames += other.renames;
        self.inserts += other.inserts;
        self.reads += other.reads;
        self.refused += other.refused;
    }
}
