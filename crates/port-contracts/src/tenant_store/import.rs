//! Batch imports of documents.

use std::slice;
use std::sync::Arc;

use domain::model::{Batch, Document, Excess, ImportMode, Imported, Precondition, Usage};
use domain::ports::TenantError;
use serde_json::json;

use super::steps::{self, Store, all, assert_usage, both, create, ids, insert, rename};
use crate::fixtures::{batch, document, limited, page_of, sharer, tenant};
use crate::suite::at_once;
use crate::trails::event_ids;
use Imported::{Inserted, Refused, Replaced, Skipped};

pub(super) async fn import_follows_its_mode(store: Store) {
    for tenant in both(&store).await {
        for (mode, of_present) in [
            (ImportMode::Insert, Refused),
            (ImportMode::Skip, Skipped),
            (ImportMode::Upsert, Replaced),
        ] {
            let [a, b, c] = ["a", "b", "c"].map(|id| numbered(&format!("{mode}-{id}"), 1));
            insert(&store, &tenant, &b).await;
            let again = numbered(b.id().as_str(), 2);
            // Not in the order of ids.
            let documents = [c.clone(), again.clone(), a.clone()];
            let imported = steps::import(&store, &tenant, mode, &documents).await;
            assert_eq!(imported, [Inserted, of_present, Inserted], "{mode}");
            let left = if mode == ImportMode::Upsert { again } else { b };
            for expected in [a, left, c] {
                let found = store.get(&tenant, expected.id()).await.unwrap();
                assert_eq!(found, Some(expected), "{mode}");
            }
        }
    }
}

pub(super) async fn import_sees_earlier_documents_of_the_batch(store: Store) {
    for tenant in both(&store).await {
        for (mode, of_second, left) in [
            (ImportMode::Insert, Refused, 1),
            (ImportMode::Skip, Skipped, 1),
            (ImportMode::Upsert, Replaced, 333),
        ] {
            let (x, y) = (format!("{mode}-x"), numbered(&format!("{mode}-y"), 1));
            let before = store.usage(&tenant).await.unwrap();
            let documents = [numbered(&x, 1), y.clone(), numbered(&x, 22), numbered(&x, 333)];
            let imported = steps::import(&store, &tenant, mode, &documents).await;
            assert_eq!(imported, [Inserted, Inserted, of_second, of_second], "{mode}");
            let left = numbered(&x, left);
            let after = before.plus(Usage::of(&left)).plus(Usage::of(&y));
            assert_eq!(store.usage(&tenant).await.unwrap(), after, "{mode}");
            assert_eq!(store.get(&tenant, left.id()).await.unwrap(), Some(left), "{mode}");
        }
    }
}

pub(super) async fn import_accepts_the_largest_batch(store: Store) {
    for tenant in both(&store).await {
        let first: Vec<_> =
            (0..Batch::MAX_LINES).map(|i| numbered(&format!("{i:04}"), i)).collect();
        let second: Vec<_> =
            (0..Batch::MAX_LINES).map(|i| numbered(&format!("{i:04}"), i + 1)).collect();
        for (mode, documents, became, stored) in [
            (ImportMode::Insert, &first, Inserted, &first),
            (ImportMode::Skip, &second, Skipped, &first),
            (ImportMode::Upsert, &second, Replaced, &second),
            (ImportMode::Insert, &first, Refused, &second),
        ] {
            let imported = steps::import(&store, &tenant, mode, documents).await;
            assert_eq!(imported, [became; Batch::MAX_LINES]);
            assert!(all(&store, &tenant).await == *stored, "after {mode}");
            assert_usage(&store, &tenant, &stored.iter().collect::<Vec<_>>()).await;
        }
    }
}

pub(super) async fn import_into_a_missing_collection_writes_nothing(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let new = rename(&store, &old, "org_new").await;
    for missing in [old, tenant("missing", "org_missing")] {
        for mode in ImportMode::ALL {
            let batch = batch("imported", &missing, mode, &[numbered("x", 1)]);
            let refusal = store.import(&missing, &batch).await;
            assert!(matches!(refusal, Err(TenantError::Moved)), "{refusal:?}");
        }
        assert_usage(&store, &missing, &[]).await;
        assert!(event_ids(store.log(), missing.organization().as_str()).await.is_empty());
    }
    assert!(ids(&store, &new).await.is_empty());
    let collections = store.collections(None, page_of(9)).await.unwrap().items;
    assert_eq!(collections, [new.placement().own_collection().unwrap().clone()]);
}

pub(super) async fn import_over_the_quota_writes_nothing(store: Store) {
    for tenant in both(&store).await {
        let [x, y, z] = ["x", "y", "z"].map(|id| numbered(id, 1));
        let larger = numbered("x", 22);
        insert(&store, &tenant, &x).await;
        let new = [y.clone(), z.clone()];
        let with_changes = [larger.clone(), y.clone(), z.clone()];
        let bytes = x.size() + y.size() + z.size();
        for (mode, documents, quota, excess) in [
            (ImportMode::Insert, &new[..], (2, 0), Excess::Documents),
            (ImportMode::Insert, &new[..], (0, bytes - 1), Excess::Bytes),
            (ImportMode::Skip, &new[..], (2, 0), Excess::Documents),
            (ImportMode::Skip, &with_changes[..], (0, bytes - 1), Excess::Bytes),
            (ImportMode::Upsert, &with_changes[..], (2, 0), Excess::Documents),
            (ImportMode::Upsert, &with_changes[..], (0, bytes), Excess::Bytes),
            (ImportMode::Upsert, &with_changes[..1], (0, x.size()), Excess::Bytes),
        ] {
            let limited = limited(&tenant, quota.0, quota.1);
            let refusal = store.import(&limited, &batch("refused", &tenant, mode, documents)).await;
            let full = matches!(refusal, Err(TenantError::Full(found)) if found == excess);
            assert!(full, "{mode} {quota:?}: {refusal:?}");
            assert_eq!(all(&store, &tenant).await, slice::from_ref(&x));
            assert_usage(&store, &tenant, &[&x]).await;
        }
        assert!(event_ids(store.log(), tenant.organization().as_str()).await.is_empty());
    }
}

/// A skipped document does not count, and a replaced one counts with the difference.
pub(super) async fn import_counts_the_resulting_usage_against_the_quota(store: Store) {
    for tenant in both(&store).await {
        let [x, y, z] = ["x", "y", "z"].map(|id| numbered(id, 22));
        let (larger, smaller) = (numbered("x", 333), numbered("y", 1));
        let bytes = 3 * x.size();
        let tenant = limited(&tenant, 3, bytes);
        for document in [&x, &y, &z] {
            insert(&store, &tenant, document).await;
        }
        for (mode, documents, expected) in [
            (ImportMode::Insert, vec![&larger, &y], vec![Refused, Refused]),
            (ImportMode::Skip, vec![&larger, &y], vec![Skipped, Skipped]),
            (ImportMode::Upsert, vec![&x, &y, &z], vec![Replaced, Replaced, Replaced]),
            (ImportMode::Upsert, vec![&larger, &smaller], vec![Replaced, Replaced]),
            (ImportMode::Upsert, vec![&x, &larger, &x, &y], vec![Replaced; 4]),
        ] {
            let documents: Vec<Document> = documents.into_iter().cloned().collect();
            let imported = steps::import(&store, &tenant, mode, &documents).await;
            assert_eq!(imported, expected, "{mode}");
            assert_eq!(store.usage(&tenant).await.unwrap(), Usage { documents: 3, bytes });
        }
        let above = limited(&tenant, 1, 1);
        let shrunk = [numbered("x", 1), y.clone()];
        let imported = steps::import(&store, &above, ImportMode::Upsert, &shrunk).await;
        assert_eq!(imported, [Replaced, Replaced], "what is above may shrink");
    }
}

pub(super) async fn import_affects_only_its_own_tenant(store: Store) {
    let tenants = both(&store).await;
    let others = [create(&store, &tenant("b", "org_b")).await, sharer("sharer-")];
    for (tenant, other) in tenants.iter().zip(&others) {
        let (theirs, ours) = (numbered("x", 22), numbered("x", 1));
        insert(&store, other, &theirs).await;
        for (mode, expected) in [
            (ImportMode::Insert, Inserted),
            (ImportMode::Skip, Skipped),
            (ImportMode::Upsert, Replaced),
        ] {
            let imported = steps::import(&store, tenant, mode, slice::from_ref(&ours)).await;
            assert_eq!(imported, [expected]);
        }
        assert_eq!(all(&store, other).await, [theirs]);
        store.delete(tenant, ours.id(), &Precondition::None, None).await.unwrap();
    }
}

pub(super) async fn one_of_many_concurrent_imports_of_an_id_inserts_it(store: Store) {
    for tenant in both(&store).await {
        for (mode, of_others) in [
            (ImportMode::Insert, Refused),
            (ImportMode::Skip, Skipped),
            (ImportMode::Upsert, Replaced),
        ] {
            let outcomes = at_once(16, |i| {
                let (store, tenant) = (Arc::clone(&store), tenant.clone());
                let shared = numbered(&format!("{mode}"), i);
                let documents = [numbered(&format!("{mode}-{i}"), i), shared];
                async move { steps::import(&store, &tenant, mode, &documents).await }
            })
            .await;
            assert!(outcomes.iter().all(|outcome| outcome[0] == Inserted), "{outcomes:?}");
            let count = |wanted| outcomes.iter().filter(|outcome| outcome[1] == wanted).count();
            assert_eq!((count(Inserted), count(of_others)), (1, 15), "{mode}");
        }
        let stored = all(&store, &tenant).await;
        assert_usage(&store, &tenant, &stored.iter().collect::<Vec<_>>()).await;
    }
}

/// A document whose size grows with the number of digits.
fn numbered(id: &str, n: usize) -> Document {
    document(id, json!({ "n": n }))
}
