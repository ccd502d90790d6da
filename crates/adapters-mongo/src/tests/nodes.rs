//! Processes that ended without deregistering.

use bson::doc;
use domain::model::NodeId;
use domain::ports::NodeRegistry;

use super::fresh;
use crate::schema::SEEN;
use crate::store::MongoStore;

/// Sets the last heartbeat of `node` to `before` milliseconds ago.
async fn was_seen(store: &MongoStore, node: &str, before: i64) {
    let past = vec![doc! { "$set": { SEEN: { "$subtract": ["$$NOW", before] } } }];
    let link = store.link().unwrap();
    let update = link.collections.nodes.update_one(doc! { "_id": node }, past);
    update.upsert(true).await.unwrap();
}

#[tokio::test]
async fn who_was_not_heard_of_for_five_seconds_is_gone() {
    let (store, _database) = fresh().await;
    let here = NodeId::parse("here").unwrap();
    was_seen(&store, "late", 3_000).await;
    assert_eq!(store.beat(&here).await.unwrap().get(), 2);
    was_seen(&store, "late", 5_001).await;
    assert_eq!(store.beat(&here).await.unwrap().get(), 1);
    store.beat(&NodeId::parse("late").unwrap()).await.unwrap();
    assert_eq!(store.beat(&here).await.unwrap().get(), 2, "it is back");
}
