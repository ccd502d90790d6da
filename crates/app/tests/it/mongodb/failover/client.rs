//! A client that works whatever happens, and remembers what it was told.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use super::super::{OPERATOR, SETTLED};
use super::{Door, SERVERS};
use crate::api::{Answer, Api, Result};

/// Each costs two passwords, which take more of the machine than all else.
const ORGANIZATIONS: usize = 6;
pub(super) struct Client {
    number: usize,
    doors: [Door; SERVERS],
    /// How many requests it has sent.
    sent: usize,
    done: Done,
    organizations: Vec<Organization>,
}

/// How many requests of each kind were acknowledged, and how many were not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
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
    /// The latest name that was acknowledged, and whether that was before it was done.
    name: String,
    pending: bool,
    /// Names asked for since.
    unsure: Vec<String>,
    /// In the order in which they were acknowledged.
    documents: Vec<Value>,
}

impl Client {
    pub(super) fn new(number: usize, doors: [Door; SERVERS]) -> Self {
        Self { number, doors, sent: 0, done: Done::default(), organizations: Vec::new() }
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

    /// Sends a request to the next server; no answer but these is right, whatever happens to the primary.
    async fn send<F>(&mut self, request: impl Fn(Api) -> F) -> (Door, Answer)
    where
        F: Future<Output = Result>,
    {
        let right = |answer: &Answer| matches!(answer.status, 200..=299 | 409 | 429 | 503);
        self.send_for(request, right).await
    }

    /// Sends a request to the next server, whose answer must be `right`.
    async fn send_for<F>(
        &mut self,
        request: impl Fn(Api) -> F,
        right: impl Fn(&Answer) -> bool,
    ) -> (Door, Answer)
    where
        F: Future<Output = Result>,
    {
        self.sent += 1;
        let door = self.doors[(self.number + self.sent) % SERVERS].clone();
        let answer = request(door.api.clone()).await.expect("the server lives on");
        assert!(right(&answer), "{} {}", answer.status, answer.body);
        self.done.refused += usize::from(answer.status >= 400);
        (door, answer)
    }

    /// Asks until the organization is there. If its first request got 503, and a repetition 409, it is on
    /// its way.
    async fn create(&mut self) {
        let name = format!("client {} thing {}", self.number, self.sent);
        let email = format!("owner{}-{}@example.com", self.number, self.sent);
        loop {
            let (_, answer) = self.send(async |api| api.create(&name, &email).await).await;
            match answer.status {
                503 => {}
                409 => {
                    assert_eq!(answer.text("code"), "name_taken");
                    break;
                }
                _ => break,
            }
        }
        let id = self.active(&name).await;
        let token = loop {
            let (_, answer) = self.send(async |api| api.login(&email).await).await;
            if answer.status == 200 {
                break answer.text("access_token");
            }
        };
        self.done.creates += 1;
        let (unsure, documents) = (Vec::new(), Vec::new());
        let organization = Organization { id, token, name, pending: false, unsure, documents };
        self.organizations.push(organization);
    }

    /// The id of the organization with this name, once that is active: nobody can log in before.
    async fn active(&mut self, name: &str) -> String {
        let path = format!("/v1/organizations?status=active&q={}", name.replace(' ', "%20"));
        let start = Instant::now();
        loop {
            // Twice, because recovery may meet the next election.
            assert!(start.elapsed() < 2 * SETTLED, "{name} is not active");
            let get = async |api: Api| api.send(api.get(&path, OPERATOR)).await;
            let (_, answer) = self.send(get).await;
            let items = answer.body["items"].as_array().cloned().unwrap_or_default();
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
        let (door, answer) = self.send(async |api| api.rename(&token, &id, &to).await).await;
        let organization = self.known(&id);
        match answer.status {
            // Done, or durable and done soon.
            200 | 202 => {
                organization.name = name;
                organization.pending = answer.status == 202;
                organization.unsure.clear();
                self.done.renames += 1;
                door.wrote(start);
            }
            503 => organization.unsure.push(name),
            _ => {}
        }
    }

    /// Asks until the document is there; only a repetition may be told that it is there already.
    async fn insert(&mut self) {
        let key = format!("d{}", self.sent);
        let (id, token) = self.one();
        let document = json!({ "_id": key, "of": id, "text": "x".repeat(100) });
        let mut first = true;
        loop {
            let start = Instant::now();
            let insert = async |api: Api| api.insert(&token, &id, &document).await;
            let (door, answer) = self.send(insert).await;
            match answer.status {
                201 => door.wrote(start),
                409 if answer.text("code") == "document_exists" => {
                    assert!(!first, "nobody else makes {key}");
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

    /// What was acknowledged is what is read, through whichever server.
    async fn read(&mut self) {
        let (id, token) = self.one();
        let organization = self.known(&id);
        let latest = organization.documents.last().cloned();
        let sure = !organization.pending && organization.unsure.is_empty();
        let name = sure.then(|| organization.name.clone());
        let get = async |api: Api| api.organization(&token, &id).await;
        let named =
            |answer: &Answer| name.as_ref().is_none_or(|name| answer.body["name"] == **name);
        self.send_for(get, |it| it.status == 503 || (it.status == 200 && named(it))).await;
        let Some(latest) = latest else { return };
        let key = latest["_id"].as_str().unwrap();
        let path = format!("/v1/organizations/{id}/documents/{key}");
        let get = async |api: Api| api.send(api.get(&path, &token)).await;
        self.send_for(get, |it| it.status == 503 || it.body == latest).await;
        self.done.reads += 2;
    }

    /// Compares what every server has with what this client was told.
    pub(super) async fn check(&self) -> Done {
        for organization in &self.organizations {
            for door in &self.doors {
                organization.check(&door.api).await;
            }
        }
        self.done
    }

    /// One of the organizations, each in its turn.
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
        let answer = api.organization(&self.token, &self.id).await.unwrap();
        assert_eq!((answer.status, answer.text("status").as_str()), (200, "active"));
        let name = answer.text("name");
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

impl AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.creates += other.creates;
        self.renames += other.renames;
        self.inserts += other.inserts;
        self.reads += other.reads;
        self.refused += other.refused;
    }
}
