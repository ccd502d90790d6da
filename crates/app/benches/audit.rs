//! Cost of the audit trail: document inserts per second over HTTP with and without events, 16
//! clients, on both stores, alternating in one run. The benchmarks of the stores measure the writes
//! of records.
//!
//! `cargo bench -p app --bench audit`

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

use local_mongod::Options;

use api::Api;
use support::Server;

const CLIENTS: usize = 16;
const ROUNDS: usize = 5;
const DOCUMENT: &str =
    r#"{"total": 120.5, "paid": false, "lines": [{"sku": "anvil", "count": 2}]}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    compare("embedded", Tenant::start(&[]).await, Tenant::start(&[AUDITED]).await).await;
    let deployment = Options::replica_set(1).test_commands(false).start().await.unwrap();
    let url = ("MONGODB_URL", deployment.url());
    let plain = Tenant::start(&[url, ("DATABASE_NAME", "plain")]).await;
    let audited = Tenant::start(&[url, ("DATABASE_NAME", "told"), AUDITED]).await;
    compare("MongoDB", plain, audited).await;
}

const AUDITED: (&str, &str) = ("AUDIT_DOCUMENTS", "true");

/// A server with one organization.
struct Tenant {
    server: Server,
    id: String,
    token: String,
}

impl Tenant {
    async fn start(settings: &[(&str, &str)]) -> Self {
        let settings = [settings, &[("LOG_LEVEL", "warn")]].concat();
        let server = Server::start_with(&settings);
        let api = Api::new(&server);
        api.create("Bench", "bench@example.com").await.unwrap();
        let login = api.login("bench@example.com").await.unwrap();
        let id = login.body["organization"]["id"].as_str().unwrap().to_owned();
        Self { id, token: login.text("access_token"), server }
    }

    async fn inserts(&self) -> f64 {
        let url = self.server.url(&format!("/v1/organizations/{}/documents", self.id));
        load::posts(CLIENTS, &url, &self.token, DOCUMENT).await
    }
}

async fn compare(store: &str, plain: Tenant, audited: Tenant) {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        without.push(plain.inserts().await);
        with.push(audited.inserts().await);
    }
    let (without, with) = (median(without), median(with));
    let ratio = with / without;
    println!(
        "document inserts, {CLIENTS} clients, {store:<8} {with:>7.0} /s with events, {without:>7.0} /s without: {ratio:.2}"
    );
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
