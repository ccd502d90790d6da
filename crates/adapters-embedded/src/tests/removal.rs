use domain::model::{Batch, ImportMode, Tenant, Usage};
use domain::ports::{AdminRepo, TenantStore};
use port_contracts::fixtures::{batch, document, sharer};
use serde_json::json;

use super::{BlockedWriter, admin, has};
use crate::EmbeddedStore;

/// Each batch of a removal is a separate transaction, and other writes get their turn between them.
#[tokio::test]
async fn many_shared_documents_are_removed_in_batches() {
    let store = EmbeddedStore::in_memory().unwrap();
    let (acme, other) = (sharer("acme"), sharer("other"));
    import(&store, &acme, 2 * Batch::MAX_LINES + 500).await;
    import(&store, &other, 3).await;
    let all = store.usage(&acme).await.unwrap();
    remove_one_batch(&store, &acme, 0).await;
    let left = store.usage(&acme).await.unwrap();
    assert_eq!(left.documents, all.documents - Batch::MAX_LINES as u64);
    assert!(left.bytes < all.bytes, "{left:?}");
    TenantStore::remove(&store, &acme).await.unwrap();
    assert_eq!(store.usage(&acme).await.unwrap(), Usage::default());
    assert_eq!(store.usage(&other).await.unwrap().documents, 3);
}

#[tokio::test]
async fn removal_batches_of_large_documents_end_at_their_byte_limit() {
    let store = EmbeddedStore::in_memory().unwrap();
    let acme = sharer("acme");
    for n in 0..20 {
        let large = document(&format!("{n:02}"), json!({ "text": "x".repeat(1 << 20) }));
        TenantStore::insert(&store, &acme, &large, None).await.unwrap();
    }
    remove_one_batch(&store, &acme, 0).await;
    assert_eq!(store.usage(&acme).await.unwrap().documents, 4);
    TenantStore::remove(&store, &acme).await.unwrap();
    assert_eq!(store.usage(&acme).await.unwrap(), Usage::default());
}

/// Begins to remove the documents of `tenant`, and drops the call during the first batch.
async fn remove_one_batch(store: &EmbeddedStore, tenant: &Tenant, i: usize) {
    let blocked = BlockedWriter::block(store).await;
    tokio::select! {
        biased;
        removed = TenantStore::remove(store, tenant) => panic!("{removed:?} while nothing is written"),
        () = std::future::ready(()) => {}
    }
    blocked.release();
    // A write that comes after it completes, so it has completed, too.
    AdminRepo::insert(store, &admin(i)).await.unwrap();
    assert!(has(store, i).await);
}

async fn import(store: &EmbeddedStore, tenant: &Tenant, count: usize) {
    let documents: Vec<_> =
        (0..count).map(|n| document(&format!("{n:05}"), json!({ "n": n }))).collect();
    for (i, some) in documents.chunks(Batch::MAX_LINES).enumerate() {
        let batch = batch(&format!("import-{i}"), tenant, ImportMode::Insert, some);
        TenantStore::import(store, tenant, &batch).await.unwrap();
    }
}
