//! Concurrent writes for the rest of the quota.

use std::sync::Arc;

use domain::model::{Document, ImportMode, Precondition, Tenant};
use domain::ports::TenantError;
use serde_json::json;

use super::steps::{Store, both, insert};
use crate::fixtures::{batch, document, event, limited};
use crate::suite::at_once;
use crate::trails::event_ids;

/// Number of concurrent attempts.
const MANY: usize = 32;

pub(super) async fn concurrent_inserts_do_not_exceed_the_quota(store: Store) {
    for tenant in both(&store).await {
        for by_bytes in [false, true] {
            let of = |i| text(&format!("{by_bytes}-{i:02}"), 10);
            let usage = store.usage(&tenant).await.unwrap();
            let tenant = if by_bytes {
                limited(&tenant, 0, usage.bytes + 10 * of(0).size() + of(0).size() - 1)
            } else {
                limited(&tenant, usage.documents + 10, 0)
            };
            let created = at_once(MANY, |i| {
                let (store, tenant, document) = (Arc::clone(&store), tenant.clone(), of(i));
                let event = event(document.id().as_str(), tenant.organization().as_str());
                async move { fits(store.insert(&tenant, &document, Some(&event)).await) }
            })
            .await;
            assert_eq!(
                created.iter().filter(|created| **created).count(),
                10,
                "by bytes: {by_bytes}"
            );
            let expected = usage.documents + 10;
            assert_eq!(store.usage(&tenant).await.unwrap().documents, expected);
        }
        assert_eq!(event_ids(store.log(), tenant.organization().as_str()).await.len(), 20);
    }
}

pub(super) async fn concurrent_replaces_do_not_exceed_the_quota(store: Store) {
    for tenant in both(&store).await {
        let of = |i, length| text(&format!("{i:02}"), length);
        for i in 0..MANY {
            insert(&store, &tenant, &of(i, 10)).await;
        }
        let before = store.usage(&tenant).await.unwrap();
        let tenant = limited(&tenant, 0, before.bytes + 79);
        let created = at_once(MANY, |i| {
            let (store, tenant, document) = (Arc::clone(&store), tenant.clone(), of(i, 20));
            async move { fits(store.replace(&tenant, &document, &Precondition::None, None).await) }
        })
        .await;
        assert_eq!(created.iter().filter(|created| **created).count(), 7);
        let after = store.usage(&tenant).await.unwrap();
        assert_eq!((after.documents, after.bytes), (before.documents, before.bytes + 70));
    }
}

pub(super) async fn concurrent_imports_do_not_exceed_the_quota(store: Store) {
    for tenant in both(&store).await {
        let tenant = limited(&tenant, 11, 0);
        let created = at_once(MANY, |i| {
            let (store, tenant) = (Arc::clone(&store), tenant.clone());
            let documents: Vec<_> = (0..3).map(|n| text(&format!("{i:02}-{n}"), n)).collect();
            let batch = batch(&i.to_string(), &tenant, ImportMode::Insert, &documents);
            async move { fits(store.import(&tenant, &batch).await) }
        })
        .await;
        let created: Vec<usize> = (0..MANY).filter(|i| created[*i]).collect();
        assert_eq!(created.len(), 3);
        assert_eq!(store.usage(&tenant).await.unwrap().documents, 9);
        let mut recorded = event_ids(store.log(), tenant.organization().as_str()).await;
        recorded.sort_by_key(|id| id.parse::<usize>().unwrap());
        assert_eq!(recorded, created.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_all_or_none(&store, &tenant, &created).await;
    }
}

/// A batch was written completely or not at all.
async fn assert_all_or_none(store: &Store, tenant: &Tenant, created: &[usize]) {
    let expected: Vec<_> =
        created.iter().flat_map(|i| (0..3).map(move |n| format!("{i:02}-{n}"))).collect();
    assert_eq!(super::steps::ids(store, tenant).await, expected);
}

/// Whether the write fitted into the quota.
fn fits<T>(result: Result<T, TenantError>) -> bool {
    match result {
        Ok(_) => true,
        Err(TenantError::Full(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn text(id: &str, length: usize) -> Document {
    document(id, json!({ "text": "x".repeat(length) }))
}
