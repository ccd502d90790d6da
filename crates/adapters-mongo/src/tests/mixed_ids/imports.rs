use bson::{Document as Fields, doc};
use domain::model::{Document, ImportMode, Imported, Usage};
use domain::ports::TenantStore;
use port_contracts::fixtures::{batch, document};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Adopted, OID, OTHER, oid};

#[tokio::test]
async fn imports_find_existing_documents_in_either_form() {
    for (mode, present, n) in [
        (ImportMode::Insert, Imported::Refused, 1),
        (ImportMode::Skip, Imported::Skipped, 1),
        (ImportMode::Upsert, Imported::Replaced, 2),
    ] {
        let before = [doc! { "_id": oid(OID), "n": 1 }, doc! { "_id": OTHER, "n": 1 }];
        let adopted = Adopted::with(&before).await;
        let Adopted { store, tenant, .. } = &adopted;
        let new = "0123456789abcdef01234567";
        let documents = [OID, OTHER, new].map(|id| document(id, json!({ "n": 2 })));
        let imported = store.import(tenant, &batch("b", tenant, mode, &documents)).await.unwrap();
        assert_eq!(imported, [present, present, Imported::Inserted]);
        for (stored, n) in [
            (adopted.stored(oid(OID)).await, n),
            (adopted.stored(OTHER).await, n),
            (adopted.stored(new).await, 2),
        ] {
            assert_eq!(stored.unwrap().get_i32("n").unwrap(), n);
        }
        assert_eq!(adopted.ids(tenant).await, (vec![new.into(), OTHER.into(), OID.into()], 3));
    }
}

/// Conflicting imports read again.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_imports_are_serialized() {
    let hex = |n: usize| format!("{n:024x}");
    let before: Vec<Fields> = (0..20).map(|n| doc! { "_id": oid(&hex(n)), "by": -1 }).collect();
    let adopted = Adopted::with(&before).await;
    let (store, tenant) = (&adopted.store, &adopted.tenant);
    let of = |by: usize| -> Vec<Document> {
        (0..30).map(|n| document(&hex(n), json!({ "by": by, "n": "x".repeat(by) }))).collect()
    };
    let mut clients = JoinSet::new();
    for by in 0..6 {
        let (store, tenant) = (store.clone(), tenant.clone());
        let batch = batch(&format!("b{by}"), &tenant, ImportMode::Upsert, &of(by));
        clients.spawn(async move { store.import(&tenant, &batch).await.unwrap() });
    }
    let imported: Vec<Imported> = clients.join_all().await.into_iter().flatten().collect();
    let inserted = imported.iter().filter(|imported| **imported == Imported::Inserted).count();
    assert_eq!((imported.len(), inserted), (180, 10));
    let all = domain::model::DocumentQuery::default();
    let found = store.list(tenant, &all, domain::model::PageSize::MAX).await.unwrap().items;
    assert_eq!(found.len(), 30);
    let there = found.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
    assert_eq!(store.usage(tenant).await.unwrap(), there);
    for n in 0..20 {
        assert!(adopted.stored(oid(&hex(n))).await.is_some(), "{n}");
    }
}
