//! Audit events of batch imports.

use std::sync::Arc;

use domain::model::{Batch, ImportMode, Tenant};
use serde_json::json;

use super::steps::{Store, both, insert};
use crate::fixtures::{batch, document};
use crate::trails::{chain, event_ids, trail};

pub(super) async fn import_records_one_event(store: Store) {
    for tenant in both(&store).await {
        let of = tenant.organization().as_str();
        insert(&store, &tenant, &document("b", json!({}))).await;
        for (id, mode, present) in [
            ("3", ImportMode::Insert, [0, 0, 2]),
            ("1", ImportMode::Skip, [0, 2, 0]),
            ("2", ImportMode::Upsert, [2, 0, 0]),
        ] {
            let imported = store.import(&tenant, &later_lines(id, &tenant, mode)).await.unwrap();
            assert_eq!(imported.len(), 3);
            let events = chain(store.log(), &trail(of)).await;
            let last = events.last().unwrap();
            assert_eq!((last.id(), last.action()), (Some(id), Some("documents.imported")));
            let [replaced, skipped, refused] = present;
            // Two lines were not documents.
            let counts = json!({
                "inserted": 1, "replaced": replaced, "skipped": skipped, "refused": refused + 2,
            });
            let expected = json!({ "mode": mode.as_str(), "lines": [11, 15], "counts": counts });
            assert_eq!(last.members()["changes"]["import"]["after"], expected);
        }
        assert_eq!(event_ids(store.log(), of).await, ["3", "1", "2"]);
    }
}

pub(super) async fn an_ineffective_import_records_nothing(store: Store) {
    for tenant in both(&store).await {
        let present = document("x", json!({}));
        insert(&store, &tenant, &present).await;
        for mode in [ImportMode::Insert, ImportMode::Skip] {
            let documents = [document("x", json!({"n": 1})), present.clone()];
            store.import(&tenant, &batch("unrecorded", &tenant, mode, &documents)).await.unwrap();
        }
        assert_eq!(store.get(&tenant, present.id()).await.unwrap(), Some(present));
        assert!(event_ids(store.log(), tenant.organization().as_str()).await.is_empty());
    }
}

/// An existing document, one that was in an earlier batch, or comes twice, and a new one.
fn later_lines(id: &str, tenant: &Tenant, mode: ImportMode) -> Arc<Batch> {
    let documents = ["b", id, id].map(|id| document(id, json!({ "by": mode.as_str() })));
    let batch = batch(id, tenant, mode, &documents);
    Arc::new(Batch { lines: 11..=15, refused: 2, ..Batch::clone(&batch) })
}
