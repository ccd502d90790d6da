//! Storage usage. Nothing fails in these tests, so the count is exact.

use std::sync::Arc;

use domain::model::{Document, ImportMode, Precondition, Tenant, Usage};
use serde_json::json;

use super::steps::{Store, assert_usage, both, create, import, insert, rename};
use crate::fixtures::{document, document_id, page_of, sharer, tenant};
use crate::suite::at_once;

pub(super) async fn usage_counts_inserts_replaces_and_deletes(store: Store) {
    for tenant in both(&store).await {
        assert_usage(&store, &tenant, &[]).await;
        let x = document("x", json!({"n": 1.0, "text": "é \0 \u{2028} \u{1F600} \" \\ \n"}));
        let y = document("Ä/\0 ?#", json!({"b": {}, "a": [null, u64::MAX, 5e-324]}));
        insert(&store, &tenant, &x).await;
        insert(&store, &tenant, &y).await;
        assert_usage(&store, &tenant, &[&x, &y]).await;
        let (larger, smaller) =
            (document("x", json!({ "text": "x".repeat(500) })), document("x", json!({})));
        for (next, precondition) in [
            (&larger, Precondition::None),
            (&smaller, Precondition::AnyOf(vec![larger.tag()])),
            (&x, Precondition::AnyOf(vec![smaller.tag()])),
        ] {
            store.replace(&tenant, next, &precondition, None).await.unwrap();
            assert_usage(&store, &tenant, &[next, &y]).await;
        }
        store.delete(&tenant, x.id(), &Precondition::AnyOf(vec![x.tag()]), None).await.unwrap();
        assert_usage(&store, &tenant, &[&y]).await;
        store.delete(&tenant, y.id(), &Precondition::None, None).await.unwrap();
        assert_usage(&store, &tenant, &[]).await;
    }
}

pub(super) async fn usage_counts_imports(store: Store) {
    for tenant in both(&store).await {
        let of = |id: &str, text: &str| document(id, json!({ "text": text }));
        let (x, y, z) = (of("x", "first"), of("y", "y"), of("z", "z"));
        let (larger, shorter) = (of("x", "much longer than the first"), of("y", ""));
        import(&store, &tenant, ImportMode::Insert, &[x.clone(), y.clone()]).await;
        assert_usage(&store, &tenant, &[&x, &y]).await;
        import(&store, &tenant, ImportMode::Insert, &[larger.clone(), z.clone()]).await;
        assert_usage(&store, &tenant, &[&x, &y, &z]).await;
        import(&store, &tenant, ImportMode::Skip, &[larger.clone(), of("v", "v")]).await;
        assert_usage(&store, &tenant, &[&x, &y, &z, &of("v", "v")]).await;
        let last = [larger.clone(), of("w", "w"), shorter.clone()];
        import(&store, &tenant, ImportMode::Upsert, &last).await;
        let all = [&larger, &shorter, &z, &of("v", "v"), &of("w", "w")];
        assert_usage(&store, &tenant, &all).await;
    }
}

pub(super) async fn usage_does_not_count_refused_writes(store: Store) {
    for tenant in both(&store).await {
        let (x, larger) = (document("x", json!({})), document("x", json!({"n": 1})));
        insert(&store, &tenant, &x).await;
        assert!(store.insert(&tenant, &larger, None).await.is_err());
        let never = Precondition::AnyOf(vec![larger.tag()]);
        store.replace(&tenant, &larger, &never, None).await.unwrap();
        store.delete(&tenant, x.id(), &never, None).await.unwrap();
        let absent = document("absent", json!({}));
        store.replace(&tenant, &absent, &Precondition::None, None).await.unwrap();
        store.delete(&tenant, absent.id(), &Precondition::None, None).await.unwrap();
        assert_usage(&store, &tenant, &[&x]).await;
    }
}

pub(super) async fn usage_is_the_same_after_a_rename(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let (x, y) = (document("x", json!({"n": 1})), document("y", json!({})));
    insert(&store, &old, &x).await;
    let new = rename(&store, &old, "org_new").await;
    assert_usage(&store, &new, &[&x]).await;
    rename(&store, &old, "org_new").await;
    insert(&store, &new, &y).await;
    assert_usage(&store, &new, &[&x, &y]).await;
    store.delete(&new, x.id(), &Precondition::None, None).await.unwrap();
    assert_usage(&store, &new, &[&y]).await;
}

pub(super) async fn usage_counts_late_writes_to_the_old_name(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let (x, y) = (document("x", json!({"n": 1})), document("y", json!({})));
    insert(&store, &old, &x).await;
    let new = rename(&store, &old, "org_new").await;
    let late = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &late, &y).await;
    assert_usage(&store, &new, &[&x, &y]).await;
    rename(&store, &late, "org_new").await;
    assert_usage(&store, &new, &[&x, &y]).await;
    store.remove(&new).await.unwrap();
    assert_usage(&store, &new, &[]).await;
}

/// It counts exactly as long as it exists.
pub(super) async fn usage_counts_documents_in_the_old_collection(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let (first, second) = (document("x", json!({"n": 1})), document("x", json!({"n": "second"})));
    let y = document("y", json!({}));
    insert(&store, &old, &first).await;
    let new = rename(&store, &old, "org_new").await;
    let late = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &late, &second).await;
    insert(&store, &late, &y).await;
    rename(&store, &late, "org_new").await;
    assert_usage(&store, &new, &[&first, &second, &y]).await;
    store.remove(&late).await.unwrap();
    assert_usage(&store, &new, &[&first, &y]).await;
}

pub(super) async fn usage_is_separate_by_tenant(store: Store) {
    let own = create(&store, &tenant("own", "org_own")).await;
    let other = create(&store, &tenant("own-2", "org_own_2")).await;
    let tenants = [own, other, sharer("a"), sharer("a-"), sharer("aa")];
    let x = |n: usize| document("x", json!({ "text": "x".repeat(n) }));
    for (n, tenant) in tenants.iter().enumerate() {
        insert(&store, tenant, &x(n)).await;
    }
    for (n, tenant) in tenants.iter().enumerate() {
        assert_usage(&store, tenant, &[&x(n)]).await;
    }
    for gone in [0, 2] {
        store.remove(&tenants[gone]).await.unwrap();
        assert_usage(&store, &tenants[gone], &[]).await;
    }
    for n in [1, 3, 4] {
        assert_usage(&store, &tenants[n], &[&x(n)]).await;
    }
}

pub(super) async fn usage_of_an_unknown_tenant_is_zero(store: Store) {
    for unknown in [tenant("a", "org_a"), sharer("b")] {
        assert_usage(&store, &unknown, &[]).await;
        assert!(
            store.insert(&tenant("c", "org_c"), &document("x", json!({})), None).await.is_err()
        );
    }
    assert_usage(&store, &tenant("c", "org_c"), &[]).await;
    let collections = store.collections(None, page_of(1)).await.unwrap();
    assert!(collections.items.is_empty(), "nothing is to be made");
}

pub(super) async fn usage_after_removal_is_zero(store: Store) {
    for asked in [tenant("own", "org_own"), sharer("sharer")] {
        for round in 0..2 {
            let tenant = create(&store, &asked).await;
            assert_usage(&store, &tenant, &[]).await;
            let (x, y) = (document("x", json!({ "round": round })), document("y", json!({})));
            insert(&store, &tenant, &x).await;
            insert(&store, &tenant, &y).await;
            assert_usage(&store, &tenant, &[&x, &y]).await;
            for _ in 0..2 {
                store.remove(&tenant).await.unwrap();
                assert_usage(&store, &tenant, &[]).await;
            }
        }
    }
}

pub(super) async fn usage_counts_all_concurrent_writes(store: Store) {
    for tenant in both(&store).await {
        for i in 0..16 {
            insert(&store, &tenant, &text(i, 10)).await;
        }
        at_once(32, |i| change(Arc::clone(&store), tenant.clone(), i)).await;
        let left: Vec<Document> = (0..16)
            .filter(|i| i % 4 != 0)
            .map(|i| if i % 4 == 1 { text(i, 10) } else { text(i, 20) })
            .chain((16..32).map(|i| text(i, 30)))
            .collect();
        let usage = left.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
        assert_eq!(store.usage(&tenant).await.unwrap(), usage);
    }
}

/// Deletes, leaves, replaces or inserts the document `i`, in turn.
async fn change(store: Store, tenant: Tenant, i: usize) {
    match (i, i % 4) {
        (0..16, 0) => {
            let id = document_id(&format!("{i:02}"));
            store.delete(&tenant, &id, &Precondition::None, None).await.unwrap();
        }
        (0..16, 1) => assert!(store.insert(&tenant, &text(i, 40), None).await.is_err()),
        (0..16, 2) => {
            store.replace(&tenant, &text(i, 20), &Precondition::None, None).await.unwrap();
        }
        (0..16, _) => drop(import(&store, &tenant, ImportMode::Upsert, &[text(i, 20)]).await),
        _ => insert(&store, &tenant, &text(i, 30)).await,
    }
}

fn text(i: usize, length: usize) -> Document {
    document(&format!("{i:02}"), json!({ "text": "x".repeat(length) }))
}
