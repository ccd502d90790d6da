//! Requests per second over HTTP on the embedded store, at 1 and 64 clients, in one run; every
//! write is durable before its response. Creates are compared with the rate at which this machine
//! hashes passwords, because each create hashes one.
//!
//! `cargo bench -p app --bench http`

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

use adapters_security::{HasherConfig, PooledHasher};
use domain::model::{ClientAddress, Password};
use domain::ports::{HashJob, PasswordHasher};
use serde_json::json;

use api::Api;
use load::rate;
use support::Server;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let hasher = Arc::new(PooledHasher::new(&HasherConfig::default()).unwrap());
    let cores = available_parallelism().unwrap().get();
    let hashes = rate(cores, move |_| hash(Arc::clone(&hasher))).await;
    println!("password hashes  {cores:>3} at once {hashes:>9.0} /s");

    let server = Server::start();
    let api = Api::new(&server);
    api.create("Bench", "bench@example.com").await.unwrap();
    let login = api.login("bench@example.com").await.unwrap();
    let tenant = Arc::new(Tenant {
        id: login.body["organization"]["id"].as_str().unwrap().to_owned(),
        token: login.text("access_token"),
        api,
    });
    for clients in [1, 64] {
        let job = Arc::clone(&tenant);
        let creates = rate(clients, move |n| create(Arc::clone(&job), format!("{clients}.{n}")));
        let creates = creates.await;
        let ratio = creates / hashes;
        println!(
            "creates          {clients:>3} clients {creates:>9.0} /s  {ratio:.2} of the hashes"
        );
    }
    for clients in [1, 64] {
        let job = Arc::clone(&tenant);
        let inserts = rate(clients, move |n| insert(Arc::clone(&job), format!("{clients}.{n}")));
        println!("document inserts {clients:>3} clients {:>9.0} /s", inserts.await);
    }
    for clients in [1, 64] {
        let job = Arc::clone(&tenant);
        let reads = rate(clients, move |_| me(Arc::clone(&job)));
        println!("GET /v1/me       {clients:>3} clients {:>9.0} /s", reads.await);
    }
}

/// An organization, and the means to send requests to it.
struct Tenant {
    api: Api,
    id: String,
    token: String,
}

async fn hash(hasher: Arc<PooledHasher>) {
    hasher
        .hash(HashJob::sign_up(client()), Password::attempt(api::PASSWORD.to_owned()))
        .await
        .unwrap();
}

async fn create(tenant: Arc<Tenant>, name: String) {
    let response = tenant.api.create(&name, &format!("{name}@example.com")).await.unwrap();
    assert_eq!(response.status, 201, "{}", response.body);
}

async fn insert(tenant: Arc<Tenant>, id: String) {
    let document = json!({ "_id": id, "total": 120.5, "paid": false });
    let response = tenant.api.insert(&tenant.token, &tenant.id, &document).await.unwrap();
    assert_eq!(response.status, 201, "{}", response.body);
}

async fn me(tenant: Arc<Tenant>) {
    let response = tenant.api.send(tenant.api.get("/v1/me", &tenant.token)).await.unwrap();
    assert_eq!(response.status, 200, "{}", response.body);
}

/// Describes this machine.
fn client() -> ClientAddress {
    ClientAddress::new([127, 0, 0, 1].into())
}
