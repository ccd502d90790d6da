//! Removals, observed on the server.

use bson::{Document as Fields, doc};
use domain::model::{Batch, ImportMode, Usage};
use domain::ports::TenantStore;
use futures_util::TryStreamExt;
use port_contracts::fixtures::{batch, document, sharer};
use serde_json::json;

use super::new_store;

/// No command removes more than a batch, however many documents there are.
#[tokio::test]
async fn many_shared_documents_are_removed_in_batches() {
    const MANY: usize = 2500;
    let (store, database) = new_store().await;
    let (acme, other) = (sharer("acme"), sharer("other"));
    let documents: Vec<_> =
        (0..MANY).map(|n| document(&format!("{n:05}"), json!({ "n": n }))).collect();
    for (i, some) in documents.chunks(Batch::MAX_LINES).enumerate() {
        let batch = batch(&format!("import-{i}"), &acme, ImportMode::Insert, some);
        store.import(&acme, &batch).await.unwrap();
    }
    TenantStore::insert(&store, &other, &document("x", json!({})), None).await.unwrap();
    let database = database.database();
    database.run_command(doc! { "profile": 2 }).await.unwrap();
    TenantStore::remove(&store, &acme).await.unwrap();
    database.run_command(doc! { "profile": 0 }).await.unwrap();
    let removals = doc! { "op": "remove", "ns": format!("{}.shared_documents", database.name()) };
    let profile = database.collection::<Fields>("system.profile");
    let removals: Vec<Fields> = profile.find(removals).await.unwrap().try_collect().await.unwrap();
    let removed: Vec<i64> = removals.iter().map(|it| number(it, "ndeleted")).collect();
    assert_eq!(removed.iter().sum::<i64>(), 2500, "{removals:?}");
    assert!(removed.iter().all(|n| *n <= 1000), "{removed:?}");
    assert_eq!(store.usage(&acme).await.unwrap(), Usage::default());
    assert_eq!(store.usage(&other).await.unwrap().documents, 1);
}

fn number(of: &Fields, field: &str) -> i64 {
    of.get_i64(field).or_else(|_| of.get_i32(field).map(i64::from)).unwrap_or_default()
}
