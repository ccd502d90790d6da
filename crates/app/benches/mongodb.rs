//! The binary on a real MongoDB, compared with its driver and server alone, in one run: lookups,
//! creates, and the rename of an organization with 100,000 documents.
//!
//! `cargo bench -p app --bench mongodb`

#![expect(clippy::unwrap_used, reason = "what is unexpected ends the benchmark")]
#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

#[path = "../tests/it/api.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod api;
#[expect(dead_code, reason = "the other benchmarks need more of it")]
mod load;
#[path = "../tests/it/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use adapters_security::{HasherConfig, PooledHasher};
use bson::{Document, doc};
use domain::model::{ClientAddress, Password};
use domain::ports::{HashJob, PasswordHasher};
use local_mongod::{Deployment, Options};
use mongodb::options::ReadConcern;
use mongodb::{Client, Collection, Database};

use api::Api;
use load::rate;
use support::Server;

const DATABASE: &str = "bench";
const OPERATOR: &str = "operator-operator-operator-operator";
const DOCUMENTS: u32 = 100_000;
const RENAMES: usize = 9;

#[tokio::main]
async fn main() {
    let deployment = Options::replica_set(1).test_commands(false).start().await.unwrap();
    let server = start(&deployment);
    let client = Client::with_uri_str(deployment.url()).await.unwrap();
    let database = client.database(DATABASE);
    lookups(&server, &database).await;
    creates(&server).await;
    renames(&server, &database).await;
}

fn start(deployment: &Deployment) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", deployment.url()),
        ("DATABASE_NAME", DATABASE),
        ("OPERATOR_TOKEN", OPERATOR),
        ("LOG_LEVEL", "warn"),
    ])
}

/// A read of an organization by the operator is one request and one lookup.
async fn lookups(server: &Server, database: &Database) {
    let created = Api::new(server).create("Lookup", "lookup@example.com").await.unwrap();
    let id = created.text("id");
    let records: Collection<Document> = database.collection("organizations");
    for clients in [1, 16, 64] {
        let (records, key) = (records.clone(), doc! { "_id": &id });
        let find = move |_| {
            let (records, key) = (records.clone(), key.clone());
            async move {
                let find = records.find_one(key).read_concern(ReadConcern::majority());
                find.await.unwrap().unwrap();
            }
        };
        let driver = rate(clients, find).await;
        let request = format!("/v1/organizations/{id}");
        let http = load::gets(clients, &server.url(&request), OPERATOR).await;
        let ratio = http / driver;
        println!(
            "lookups   {clients:>3} clients {http:>9.0} /s over HTTP, {driver:>9.0} /s find_one, {ratio:.2}"
        );
    }
}

/// Each create hashes a password, so the rate of hashing is the comparison.
async fn creates(server: &Server) {
    let hasher = Arc::new(PooledHasher::new(&HasherConfig::default()).unwrap());
    let cores = available_parallelism().unwrap().get();
    let hash = move |_| {
        let hasher = Arc::clone(&hasher);
        async move {
            hasher
                .hash(HashJob::sign_up(client()), Password::attempt(api::PASSWORD.to_owned()))
                .await
                .unwrap();
        }
    };
    let hashes = rate(cores, hash).await;
    let api = Arc::new(Api::new(server));
    for clients in [1, 16] {
        let api = Arc::clone(&api);
        let create = move |n| {
            let (api, name) = (Arc::clone(&api), format!("{clients}.{n}"));
            async move {
                let created = api.create(&name, &format!("{name}@example.com")).await.unwrap();
                assert_eq!(created.status, 201, "{}", created.body);
            }
        };
        let creates = rate(clients, create).await;
        let ratio = creates / hashes;
        println!(
            "creates   {clients:>3} clients {creates:>9.0} /s, {ratio:.2} of the password hashes"
        );
    }
}

async fn renames(server: &Server, database: &Database) {
    let api = Api::new(server);
    api.create("Rename", "rename@example.com").await.unwrap();
    let login = api.login("rename@example.com").await.unwrap();
    let (token, id) = (login.text("access_token"), login.body["organization"]["id"].clone());
    let id = id.as_str().unwrap();
    fill(&database.collection("org_rename")).await;
    fill(&database.collection("bare_0")).await;
    let (mut http, mut bare) = (Vec::new(), Vec::new());
    for n in 1..=RENAMES {
        let start = Instant::now();
        let renamed = api.rename(&token, id, &format!("Rename {n}")).await.unwrap();
        http.push(start.elapsed());
        assert_eq!(renamed.status, 200, "{}", renamed.body);
        let (from, to) = (format!("{DATABASE}.bare_{}", n - 1), format!("{DATABASE}.bare_{n}"));
        let rename = doc! {
            "renameCollection": from,
            "to": to,
            "writeConcern": { "w": "majority", "j": true },
        };
        let start = Instant::now();
        database.client().database("admin").run_command(rename).await.unwrap();
        bare.push(start.elapsed());
    }
    let (http, bare) = (median(http), median(bare));
    println!(
        "renames of {DOCUMENTS} documents: {http:.1?} over HTTP, {bare:.1?} renameCollection, {:.1?} more",
        http.saturating_sub(bare)
    );
}

async fn fill(collection: &Collection<Document>) {
    for batch in 0..DOCUMENTS / 1000 {
        let document =
            |n| doc! { "_id": format!("{batch:03}-{n:03}"), "total": 120.5, "paid": false };
        collection.insert_many((0..1000).map(document)).await.unwrap();
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Describes this machine.
fn client() -> ClientAddress {
    ClientAddress::new([127, 0, 0, 1].into())
}
