//! Processes that ended without deregistering.

use bson::doc;
use domain::model::NodeId;
use domain::ports::NodeRegistry;

use super::new_store;
use crate::schema::LAST_HEARTBEAT;
use crate::store::MongoStore;

/// Sets the last heartbeat of `node` to `before` milliseconds ago.
async fn was_seen(store: &MongoStore, node: &str, before: i64) {
    let past = vec![doc! { "$set": { LAST_HEARTBEAT: { "$subtract": ["$$NOW", before] } } }];
    let collections = store.fixed_collections().unwrap();
    let update = collections.nodes.update_one(doc! { "_id": node }, past);
    update.upsert(true).await.unwrap();
}

#[tokio::test]
async fn nodes_without_a_heartbeat_for_five_seconds_are_not_counted() {
    let (store, _database) = new_store().await;
    let here = NodeId::parse("here").unwrap();
    was_seen(&store, "late", 3_000).await;
    assert_eq!(store.heartbeat(&here).await.unwrap().get(), 2);
    was_seen(&store, "late", 5_001).await;
    assert_eq!(store.heartbeat(&here).await.unwrap().get(), 1);
    store.heartbeat(&NodeId::parse("late").unwrap()).await.unwrap();
    assert_eq!(store.heartbeat(&here).await.unwrap().get(), 2, "it is back");
}
