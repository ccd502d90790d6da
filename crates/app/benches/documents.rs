//! Document inserts, gets and filtered lists per second over HTTP, at 1 and 64 clients, on both
//! stores, compared with the bare store doing the same work: redb with group commits, and the
//! MongoDB driver. One run; only the ratios are meaningful.
//!
//! `cargo bench -p app --bench documents`

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
mod bare;
#[expect(dead_code, reason = "the other benchmarks need more of it")]
mod load;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::time::Duration;

use local_mongod::Options;
use mongodb::Client;
use serde_json::{Value, json};

use api::Api;
use bare::{Bare, Driver, Redb};
use load::Connection;
use support::Server;

const TIME: Duration = Duration::from_secs(3);
/// Number of documents before the first insert.
const SEEDS: u32 = 1000;
/// The filter of a list: a quarter of the documents match, and a page of 20 examines 540.
const QUERY: &str = "filter=%7B%22paid%22:false,%22total%22:%7B%22$gte%22:500%7D%7D";
const LEAST: u32 = 500;
const PAGE: usize = 20;
/// The document that is read repeatedly.
const ID: &str = "seed-0700";

#[tokio::main]
async fn main() {
    println!("store    work    clients  over HTTP       bare  ratio");
    compare("embedded", &Tenant::start(&[]).await, Redb::open()).await;
    let deployment = Options::replica_set(1).test_commands(false).start().await.unwrap();
    let settings = [("MONGODB_URL", deployment.url()), ("DATABASE_NAME", "served")];
    let client = Client::with_uri_str(deployment.url()).await.unwrap();
    let driver = Driver(client.database("bare").collection("documents"));
    compare("MongoDB", &Tenant::start(&settings).await, driver).await;
}

/// The values of the documents.
fn seed(number: u32) -> (String, Value) {
    let (id, paid) = (format!("seed-{number:04}"), number.is_multiple_of(2));
    let document = json!({"_id": id, "total": number, "paid": paid, "lines": [{"sku": "anvil"}]});
    (id, document)
}

async fn compare(store: &str, tenant: &Tenant, bare: impl Bare) {
    for (id, document) in (0..SEEDS).map(seed) {
        tenant.insert(&document).await;
        bare.insert(id, &document).await;
    }
    for clients in [1, 64] {
        let over_http = tenant.gets(clients, &format!("/{ID}")).await;
        let bare = {
            let bare = bare.clone();
            let get = move |_| {
                let bare = bare.clone();
                async move { assert!(bare.get(ID).await) }
            };
            load::rate_for(TIME, clients, get).await
        };
        show(store, "gets", clients, over_http, bare);
    }
    for clients in [1, 64] {
        let over_http = tenant.gets(clients, &format!("?{QUERY}&limit={PAGE}")).await;
        let bare = {
            let bare = bare.clone();
            let list = move |_| {
                let bare = bare.clone();
                async move { assert_eq!(bare.list(LEAST, PAGE).await, PAGE) }
            };
            load::rate_for(TIME, clients, list).await
        };
        show(store, "lists", clients, over_http, bare);
    }
    // Inserts come last, so that lists examine only the initial documents.
    for clients in [1, 64] {
        let over_http = tenant.inserts(clients).await;
        let bare = {
            let bare = bare.clone();
            let insert = move |number| {
                let (bare, id) = (bare.clone(), format!("{clients}-{number:08}"));
                async move {
                    let (_, mut document) = seed(1);
                    document["_id"] = json!(id);
                    bare.insert(id, &document).await;
                }
            };
            load::rate_for(TIME, clients, insert).await
        };
        show(store, "inserts", clients, over_http, bare);
    }
}

fn show(store: &str, work: &str, clients: usize, over_http: f64, bare: f64) {
    let ratio = over_http / bare;
    println!("{store:<8} {work:<7} {clients:>7} {over_http:>8.0} /s {bare:>8.0} /s {ratio:>6.2}");
}

/// A server with one organization.
struct Tenant {
    server: Server,
    api: Api,
    id: String,
    token: String,
}

impl Tenant {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let server = Server::start_with(settings);
        let api = Api::new(&server);
        api.create("Bench", "bench@example.com").await.unwrap();
        let login = api.login("bench@example.com").await.unwrap();
        let id = login.body["organization"]["id"].as_str().unwrap().to_owned();
        Self { id, token: login.text("access_token"), api, server }
    }

    async fn insert(&self, document: &Value) {
        let response = self.api.insert(&self.token, &self.id, document).await.unwrap();
        assert_eq!(response.status, 201, "{}", response.body);
    }

    fn url(&self, rest: &str) -> String {
        self.server.url(&format!("/v1/organizations/{}/documents{rest}", self.id))
    }

    async fn gets(&self, clients: usize, rest: &str) -> f64 {
        let mut connections = Vec::new();
        for _ in 0..clients {
            connections.push(Connection::get(&self.url(rest), &self.token).await);
        }
        load::asked(TIME, connections, 200).await
    }

    /// Without ids, which the server generates.
    async fn inserts(&self, clients: usize) -> f64 {
        let (_, mut document) = seed(1);
        document.as_object_mut().unwrap().remove("_id");
        let mut connections = Vec::new();
        for _ in 0..clients {
            let (url, body) = (self.url(""), document.to_string());
            connections.push(Connection::post_as(&url, &self.token, &body).await);
        }
        load::asked(TIME, connections, 201).await
    }
}
