//! Audit trails on MongoDB: events wait in outboxes until a server appends them to the log.

use std::thread;
use std::time::{Duration, Instant};

use local_mongod::TestDatabase;
use mongodb::bson::{Document, doc};

use super::OPERATOR;
use crate::api::Api;
use crate::support::Server;

/// Timeout until an event is in the log without a reader.
const APPENDED: Duration = Duration::from_secs(10);

fn server_on(database: &TestDatabase) -> Server {
    Server::start_with(&[
        ("MONGODB_URL", database.url()),
        ("DATABASE_NAME", database.name()),
        ("OPERATOR_TOKEN", OPERATOR),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn outboxes_are_flushed_in_the_background() {
    let database = TestDatabase::fresh().await.unwrap();
    let mut server = server_on(&database);
    let api = Api::new(&server);
    let id = api.create("Acme", "ada@example.com").await.unwrap().text("id");
    let start = Instant::now();
    while count_events(&database, "organization.created").await == 0 {
        assert!(start.elapsed() < APPENDED, "the event still waits");
        thread::yield_now();
    }

    let suspend = api.post(&format!("/v1/organizations/{id}/suspend"), OPERATOR);
    assert_eq!(api.send(suspend).await.unwrap().status, 200);
    assert!(server.terminate().success());
    assert_eq!(
        count_events(&database, "organization.suspended").await,
        1,
        "none is left at the end"
    );
    assert_eq!(count_events(&database, "organization.created").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_on_one_database_sign_with_one_key() {
    let database = TestDatabase::fresh().await.unwrap();
    let servers = [server_on(&database), server_on(&database)];
    let id = Api::new(&servers[0]).create("Acme", "ada@example.com").await.unwrap().text("id");
    let mut keys = Vec::new();
    for api in servers.each_ref().map(Api::new) {
        assert_eq!(api.login("ada@example.com").await.unwrap().status, 200);
        let jwks = api.send(api.get("/.well-known/audit-keys.json", "")).await.unwrap().body;
        keys.push(jwks);
        // Each export signs, and each server knows the checkpoints of the other.
        let trail = format!("/v1/organizations/{id}/audit-events");
        let export = api.get(&format!("{trail}/export"), OPERATOR).send().await.unwrap();
        assert!(export.text().await.unwrap().lines().last().unwrap().contains("signed_head"));
        let verified = api.send(api.get(&format!("{trail}/verify"), OPERATOR)).await.unwrap().body;
        assert_eq!(verified["intact"], true, "{verified}");
    }
    assert_eq!(keys[0], keys[1]);
    assert_eq!(keys[0]["keys"].as_array().unwrap().len(), 1);
}

/// The number of events of `action` in the log.
async fn count_events(database: &TestDatabase, action: &str) -> u64 {
    let events = database.database().collection::<Document>("audit_events");
    events.count_documents(doc! { "action": action }).await.unwrap()
}
