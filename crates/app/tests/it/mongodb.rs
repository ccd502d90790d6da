//! Tests on MongoDB: elections, freezes and outages of the database, and several servers on it. A
//! test that needs more than its own database starts its own deployment.

mod failover;
mod frozen_database;
mod object_ids;
mod outage;
mod renames;
mod rotation;
mod sessions;
mod shared_limits;
mod side_by_side;
mod trails;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use local_mongod::Deployment;

use crate::api::Api;
use crate::support::Server;

const OPERATOR: &str = "operator-token-of-the-mongodb-tests-0123456789";
/// Timeout of every request, whatever the database does.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout until a server has finished abandoned work: the lease, and two rounds of its recovery.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// A server on `deployment`; all servers on it are nodes of one installation. Records audit events
/// of documents, too.
fn server_on(deployment: &Deployment) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", deployment.url()),
        ("OPERATOR_TOKEN", OPERATOR),
        ("AUDIT_DOCUMENTS", "true"),
    ])
}

/// The statuses of pending organizations.
async fn pending(api: &Api) -> BTreeSet<String> {
    let organizations = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
    let states = organizations.iter().map(|it| it["status"].as_str().unwrap().to_owned());
    states.filter(|state| state != "active" && state != "deleted").collect()
}

/// Waits until no organization is pending, and returns how long that took.
async fn wait_until_settled(api: &Api) -> Duration {
    let start = Instant::now();
    loop {
        let pending = pending(api).await;
        if pending.is_empty() {
            return start.elapsed();
        }
        assert!(start.elapsed() < SETTLE_TIMEOUT, "still {pending:?}");
    }
}

/// Waits until the server is ready.
async fn is_ready(api: &Api) {
    /// Counted from the return of the database.
    const READY: Duration = Duration::from_secs(10);
    let start = Instant::now();
    while api.send(api.get("/health/ready", "")).await.unwrap().status != 200 {
        assert!(start.elapsed() < READY, "not ready");
    }
}
