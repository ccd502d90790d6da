//! What only MongoDB can do to a server: change its primary, stop answering, go away and come back; and
//! servers side by side. Each test has a deployment of its own, where a database of its own is not enough.

mod failover;
mod half_done;
mod made_ids;
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
/// How soon every request is answered, whatever the database does.
const ANSWERED: Duration = Duration::from_secs(20);
/// How soon a server finishes what was begun and left: the lease, and two rounds of its recovery.
const SETTLED: Duration = Duration::from_secs(30);

/// A server on `deployment`; all that are started on it are of one installation.
/// Documents are told of, too.
fn server_on(deployment: &Deployment) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", deployment.url()),
        ("OPERATOR_TOKEN", OPERATOR),
        ("AUDIT_DOCUMENTS", "true"),
    ])
}

/// The states of organizations that are on their way to another.
async fn pending(api: &Api) -> BTreeSet<String> {
    let organizations = api.all(OPERATOR, "/v1/organizations?limit=100").await.unwrap();
    let states = organizations.iter().map(|it| it["status"].as_str().unwrap().to_owned());
    states.filter(|state| state != "active" && state != "deleted").collect()
}

/// Waits until no organization is on its way to another state, and tells how long that took.
async fn nothing_stays_pending(api: &Api) -> Duration {
    let start = Instant::now();
    loop {
        let pending = pending(api).await;
        if pending.is_empty() {
            return start.elapsed();
        }
        assert!(start.elapsed() < SETTLED, "still {pending:?}");
    }
}

/// Waits until the server says that it is ready.
async fn is_ready(api: &Api) {
    /// Counted from when the database is back.
    const READY: Duration = Duration::from_secs(10);
    let start = Instant::now();
    while api.send(api.get("/health/ready", "")).await.unwrap().status != 200 {
        assert!(start.elapsed() < READY, "not ready");
    }
}
