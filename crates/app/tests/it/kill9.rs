//! The binary is killed repeatedly while clients work; every acknowledged change is stored and has
//! exactly one audit event.

mod expected_events;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::api::{Api, Interface, PROXY, Result};
use crate::support::{Server, on_mongodb};
use expected_events::ExpectedEvents;

const ROUNDS: usize = 10;
/// Each round takes longer, because the work that the killed process began waits for the end of its
/// lease.
const ROUNDS_ON_MONGODB: usize = 4;
const CLIENTS: usize = 8;
const OPERATOR: &str = "operator-token-of-the-kill-9-test-0123456789";

/// A client, its acknowledged changes, and its unacknowledged requests.
struct Client {
    number: usize,
    random: u64,
    requests_sent: usize,
    tenant: Option<Tenant>,
    unsure: Option<Unsure>,
    /// Deletions since the last start of the server.
    gone: Vec<ExpectedEvents>,
}

/// An organization as its client knows it.
struct Tenant {
    id: String,
    name: String,
    email: String,
    token: String,
    documents: BTreeMap<String, Value>,
    expected_events: ExpectedEvents,
}

/// A request without a response: executed completely, or not at all.
#[derive(Debug)]
enum Unsure {
    Create { name: String, email: String },
    Insert(String, Value),
    Remove(String),
    Rename(String),
    Delete,
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_changes_survive_kill_9() {
    let mut server =
        Server::start_with(&[("OPERATOR_TOKEN", OPERATOR), ("AUDIT_DOCUMENTS", "true"), PROXY]);
    let mut clients: Vec<_> = (0..CLIENTS).map(Client::new).collect();
    let rounds = if on_mongodb() { ROUNDS_ON_MONGODB } else { ROUNDS };
    for round in 0..rounds {
        clients = work_until_killed(&mut server, clients, 30 + 17 * round).await;
        server.restart();
        let api = Api::new(&server);
        nothing_stays_pending(&api).await;
        for client in &mut clients {
            client.check(&client.at_home(&api)).await;
        }
        no_collection_is_shared(&api).await;
    }
    assert!(
        clients.iter().all(|client| client.requests_sent > 0),
        "every client got something done"
    );
}

/// Lets the clients work until `enough` requests are acknowledged, and then kills the server.
async fn work_until_killed(
    server: &mut Server,
    clients: Vec<Client>,
    enough: usize,
) -> Vec<Client> {
    let api = Api::new(server);
    let done = Arc::new((AtomicUsize::new(0), Notify::new()));
    let work = clients.into_iter().map(|mut client| {
        let (api, done) = (client.at_home(&api), Arc::clone(&done));
        tokio::spawn(async move {
            while client.step(&api).await.is_ok() {
                if done.0.fetch_add(1, Ordering::Relaxed) == enough {
                    done.1.notify_one();
                }
            }
            client
        })
    });
    let work: Vec<_> = work.collect();
    let reached = tokio::time::timeout(Duration::from_secs(60), done.1.notified()).await;
    reached.expect("the clients work");
    server.kill9();
    let mut clients = Vec::new();
    for client in work {
        clients.push(client.await.unwrap());
    }
    clients
}

/// Recovery runs concurrently with the first requests; on MongoDB, once the leases have expired.
async fn nothing_stays_pending(api: &Api) {
    for status in ["provisioning", "renaming", "deleting"] {
        let path = format!("/v1/organizations?limit=100&status={status}");
        let started = Instant::now();
        while !api.all(OPERATOR, &path).await.unwrap().is_empty() {
            assert!(started.elapsed() < Duration::from_secs(60), "still {status}");
            tokio::task::yield_now().await;
        }
    }
}

async fn no_collection_is_shared(api: &Api) {
    let organizations = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
    let mut owners = BTreeMap::new();
    for organization in organizations {
        let collection = organization["collection_name"].as_str().unwrap().to_owned();
        let other = owners.insert(collection, organization["id"].clone());
        assert_eq!(other, None, "{organization} has the collection of another");
    }
}

impl Client {
    /// Has its own client address, because requests for missing resources are throttled. Alternates
    /// between the APIs, which make the same promises.
    fn at_home(&self, api: &Api) -> Api {
        let interface = Interface::ALL[self.number % Interface::ALL.len()];
        api.clone().speaking_for(format!("10.0.0.{}", self.number + 1)).through(interface)
    }

    fn new(number: usize) -> Self {
        let random = 0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1);
        Self { number, random, requests_sent: 0, tenant: None, unsure: None, gone: Vec::new() }
    }

    /// Sends one request. Its subject is uncertain from before it is sent until the response.
    async fn step(&mut self, api: &Api) -> Result<()> {
        self.requests_sent += 1;
        let label = format!("client_{}_thing_{}", self.number, self.requests_sent);
        let Some(tenant) = &mut self.tenant else { return self.create(api, label).await };
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (token, id) = (tenant.token.clone(), tenant.id.clone());
        let first = tenant.documents.keys().next().cloned();
        match ((self.random >> 33) % 20, first) {
            (0, _) => {
                self.unsure = Some(Unsure::Delete);
                assert!(api.delete(&token, &id).await?.is_success());
                tenant.expected_events.add(&Unsure::Delete);
                self.gone.extend(self.tenant.take().map(|tenant| tenant.expected_events));
            }
            (1..=4, _) => {
                self.unsure = Some(Unsure::Rename(label.clone()));
                let response = api.rename(&token, &id, &label).await?;
                assert_eq!((response.status, response.text("name")), (200, label.clone()));
                tenant.name = label;
            }
            (5..=7, Some(document)) => {
                self.unsure = Some(Unsure::Remove(document.clone()));
                assert_eq!(api.remove(&token, &id, &document).await?.status, 204);
                tenant.documents.remove(&document);
            }
            _ => {
                let document =
                    json!({ "_id": format!("d{}", self.requests_sent), "of": id, "text": label });
                let key = format!("d{}", self.requests_sent);
                self.unsure = Some(Unsure::Insert(key.clone(), document.clone()));
                assert_eq!(api.insert(&token, &id, &document).await?.status, 201);
                tenant.documents.insert(key, document);
            }
        }
        if let (Some(done), Some(tenant)) = (self.unsure.take(), &mut self.tenant) {
            tenant.expected_events.add(&done);
        }
        Ok(())
    }

    async fn create(&mut self, api: &Api, name: String) -> Result<()> {
        let email = format!("owner{}-{}@example.com", self.number, self.requests_sent);
        self.unsure = Some(Unsure::Create { name: name.clone(), email: email.clone() });
        let response = api.create(&name, &email).await?;
        assert_eq!(response.status, 201, "{}", response.body);
        // Acknowledged: it must exist from now on, whatever happens to the login.
        self.tenant = Some(Tenant::new(response.text("id"), name, email));
        self.unsure = None;
        self.login(api).await
    }

    async fn login(&mut self, api: &Api) -> Result<()> {
        let Some(tenant) = &mut self.tenant else { return Ok(()) };
        let response = api.login(&tenant.email).await?;
        assert_eq!(response.status, 200, "{}", response.body);
        tenant.token = response.text("access_token");
        Ok(())
    }

    /// Compares the server with the acknowledged changes of this client.
    async fn check(&mut self, api: &Api) {
        for mut expected_events in self.gone.drain(..) {
            expected_events.check(api, None).await;
        }
        let unsure = self.unsure.take();
        if let Some(Unsure::Create { name, email }) = unsure {
            return self.check_create(api, &name, &email).await;
        }
        let Some(mut tenant) = self.tenant.take() else { return };
        if tenant.token.is_empty() {
            tenant.token = api.login(&tenant.email).await.unwrap().text("access_token");
        }
        let response = api.organization(&tenant.token, &tenant.id).await.unwrap();
        if response.status == 404 {
            assert!(matches!(unsure, Some(Unsure::Delete)), "{} is gone: {unsure:?}", tenant.name);
            tenant.expected_events.add(&Unsure::Delete);
            tenant.expected_events.check(api, None).await;
            assert_eq!(api.login(&tenant.email).await.unwrap().status, 401);
            let again = api.create(&tenant.name, &tenant.email).await.unwrap();
            assert_eq!(again.status, 201, "name and e-mail are free: {}", again.body);
            self.tenant = Some(Tenant::new(again.text("id"), tenant.name, tenant.email));
            return self.login(api).await.unwrap();
        }
        assert_eq!((response.status, response.text("status").as_str()), (200, "active"));
        let name = response.text("name");
        let renamed = matches!(&unsure, Some(Unsure::Rename(to)) if *to == name);
        assert!(name == tenant.name || renamed, "{name}, not {}", tenant.name);
        if let Some(renamed) = unsure.as_ref().filter(|_| renamed) {
            tenant.expected_events.add(renamed);
        }
        tenant.expected_events.check(api, unsure.as_ref()).await;
        tenant.name = name;
        tenant.check_documents(api, unsure.as_ref()).await;
        self.tenant = Some(tenant);
    }

    /// It exists completely, or not at all and can be created.
    async fn check_create(&mut self, api: &Api, name: &str, email: &str) {
        let login = api.login(email).await.unwrap();
        let id = if login.status == 200 {
            login.body["organization"]["id"].as_str().unwrap().to_owned()
        } else {
            assert_eq!(login.status, 401);
            let again = api.create(name, email).await.unwrap();
            assert_eq!(again.status, 201, "nothing is half done: {}", again.body);
            again.text("id")
        };
        self.tenant = Some(Tenant::new(id, name.to_owned(), email.to_owned()));
        self.login(api).await.unwrap();
    }
}

impl Tenant {
    fn new(id: String, name: String, email: String) -> Self {
        let expected_events = ExpectedEvents::created(&id);
        Self { id, name, email, token: String::new(), documents: BTreeMap::new(), expected_events }
    }

    async fn check_documents(&mut self, api: &Api, unsure: Option<&Unsure>) {
        let path = format!("/v1/organizations/{}/documents?limit=100", self.id);
        let stored = api.all(&self.token, &path).await.unwrap().into_iter();
        let stored: BTreeMap<_, _> =
            stored.map(|item| (item["_id"].as_str().unwrap().to_owned(), item)).collect();
        let mut expected = self.documents.clone();
        match unsure {
            Some(Unsure::Insert(id, document)) if stored.contains_key(id) => {
                expected.insert(id.clone(), document.clone());
            }
            Some(Unsure::Remove(id)) if !stored.contains_key(id) => {
                expected.remove(id);
            }
            _ => {}
        }
        assert_eq!(stored, expected, "the documents of {} with {unsure:?}", self.name);
        self.documents = stored;
    }
}
