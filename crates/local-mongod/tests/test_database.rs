//! Test databases on the shared server.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use bson::doc;
use bson::oid::ObjectId;
use local_mongod::{TestDatabase, shared_url};
use mongodb::Client;

/// A test database created this number of seconds ago, with a document in it.
async fn plant(client: &Client, age: i64) -> String {
    let now = ObjectId::new().timestamp().timestamp_millis() / 1000;
    let made = u32::try_from(now - age).unwrap();
    let id = ObjectId::from_parts(made, [7; 5], [0; 3]);
    let name = format!("tenantry_test_{id}");
    fill(client, &name).await;
    name
}

async fn fill(client: &Client, name: &str) {
    client.database(name).collection("notes").insert_one(doc! { "_id": 1 }).await.unwrap();
}

async fn exists(client: &Client, name: &str) -> bool {
    client.list_database_names().await.unwrap().iter().any(|existing| existing == name)
}

/// One test, because the sweep runs once per process.
#[tokio::test]
async fn a_test_database_is_dropped_and_stale_ones_are_swept() {
    let client = Client::with_uri_str(shared_url().unwrap()).await.unwrap();
    let left_over = plant(&client, 2 * 60 * 60).await;
    let in_use = plant(&client, 30 * 60).await;

    let (first, second) =
        (TestDatabase::fresh().await.unwrap(), TestDatabase::fresh().await.unwrap());
    assert_ne!(first.name(), second.name());
    assert!(!exists(&client, &left_over).await, "it is swept");
    assert!(exists(&client, &in_use).await, "it may still be in use");
    client.database(&in_use).drop().await.unwrap();

    fill(&client, first.name()).await;
    let name = first.name().to_owned();
    let panicked = tokio::spawn(async move {
        assert_eq!(first.name(), "", "this test fails");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert!(!exists(&client, &name).await, "it is dropped, although the test failed");
}
