//! Storage quota of a tenant.

use domain::model::{Document, Excess, Precondition, Tenant, Usage};
use domain::ports::{DocumentOutcome, TenantError};
use serde_json::json;

use super::steps::{Store, assert_usage, both, create, insert, rename};
use crate::fixtures::{document, event, limited, tenant};
use crate::trails::event_ids;

pub(super) async fn quota_limits_the_number_of_documents(store: Store) {
    for tenant in both(&store).await {
        let tenant = limited(&tenant, 2, 0);
        let [x, y, z] = ["x", "y", "z"].map(|id| document(id, json!({ "text": id.repeat(99) })));
        insert(&store, &tenant, &x).await;
        insert(&store, &tenant, &y).await;
        assert_full(&store, &tenant, &z, Excess::Documents).await;
        assert_usage(&store, &tenant, &[&x, &y]).await;
        store.delete(&tenant, x.id(), &Precondition::None, None).await.unwrap();
        insert(&store, &tenant, &z).await;
        assert_full(&store, &tenant, &x, Excess::Documents).await;
        assert_usage(&store, &tenant, &[&y, &z]).await;
    }
}

pub(super) async fn quota_limits_the_number_of_bytes(store: Store) {
    for tenant in both(&store).await {
        let [x, y, z] = ["x", "y", "z"].map(|id| document(id, json!({"text": "é\n"})));
        let too_large = document("y", json!({"text": "é\n!"}));
        let tenant = limited(&tenant, 0, x.size() + y.size());
        insert(&store, &tenant, &x).await;
        assert_full(&store, &tenant, &too_large, Excess::Bytes).await;
        assert_usage(&store, &tenant, &[&x]).await;
        insert(&store, &tenant, &y).await;
        assert_full(&store, &tenant, &z, Excess::Bytes).await;
        assert_usage(&store, &tenant, &[&x, &y]).await;
    }
}

pub(super) async fn quota_counts_the_difference_of_a_replacement(store: Store) {
    for tenant in both(&store).await {
        let [small, large, too_large] =
            [1, 50, 51].map(|length| document("x", json!({ "text": "x".repeat(length) })));
        let other = document("y", json!({}));
        let tenant = limited(&tenant, 2, large.size() + other.size());
        insert(&store, &tenant, &small).await;
        insert(&store, &tenant, &other).await;
        let mut present = &small;
        for known in [false, true] {
            for next in [&large, &large, &small, &large] {
                let outcome =
                    store.replace(&tenant, next, &precondition(known, present), None).await;
                assert_eq!(outcome.unwrap(), DocumentOutcome::Done);
                present = next;
            }
            let (refused, of) = (event("refused", tenant.organization().as_str()), &tenant);
            let precondition = precondition(known, present);
            let refusal = store.replace(of, &too_large, &precondition, Some(&refused)).await;
            assert!(matches!(refusal, Err(TenantError::Full(Excess::Bytes))), "{refusal:?}");
            assert_eq!(store.get(&tenant, large.id()).await.unwrap().as_ref(), Some(&large));
            assert_usage(&store, &tenant, &[&large, &other]).await;
        }
        assert!(event_ids(store.log(), tenant.organization().as_str()).await.is_empty());
    }
}

/// The quota may have been lowered.
pub(super) async fn quota_allows_usage_above_it_to_shrink(store: Store) {
    for tenant in both(&store).await {
        let text = |id: &str, length| document(id, json!({ "text": "x".repeat(length) }));
        for id in ["x", "y", "z"] {
            insert(&store, &tenant, &text(id, 20)).await;
        }
        let tenant = limited(&tenant, 1, 10);
        for length in [20, 19] {
            let next = text("x", length);
            let outcome = store.replace(&tenant, &next, &Precondition::None, None).await.unwrap();
            assert_eq!(outcome, DocumentOutcome::Done);
        }
        let larger = text("x", 20);
        let refusal = store.replace(&tenant, &larger, &Precondition::None, None).await;
        assert!(matches!(refusal, Err(TenantError::Full(Excess::Bytes))), "{refusal:?}");
        assert_full(&store, &tenant, &text("v", 0), Excess::Documents).await;
        let outcome = store.delete(&tenant, larger.id(), &Precondition::None, None).await.unwrap();
        assert_eq!(outcome, DocumentOutcome::Done);
        assert_usage(&store, &tenant, &[&text("y", 20), &text("z", 20)]).await;
    }
}

pub(super) async fn quota_is_taken_from_the_tenant_handle(store: Store) {
    for tenant in both(&store).await {
        let [x, y] = ["x", "y"].map(|id| document(id, json!({})));
        insert(&store, &limited(&tenant, 1, 0), &x).await;
        assert_full(&store, &limited(&tenant, 1, 0), &y, Excess::Documents).await;
        insert(&store, &limited(&tenant, 2, 0), &y).await;
        insert(&store, &tenant, &document("z", json!({}))).await;
        let usage = Usage { documents: 3, bytes: 3 * x.size() };
        assert_eq!(store.usage(&limited(&tenant, 1, 1)).await.unwrap(), usage);
    }
}

pub(super) async fn quota_counts_documents_in_the_old_collection(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let [x, y, z] = ["x", "y", "z"].map(|id| document(id, json!({})));
    insert(&store, &old, &x).await;
    let new = rename(&store, &old, "org_new").await;
    let late = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &late, &x).await;
    rename(&store, &late, "org_new").await;
    insert(&store, &limited(&new, 3, 0), &y).await;
    assert_full(&store, &limited(&new, 3, 0), &z, Excess::Documents).await;
    store.remove(&late).await.unwrap();
    insert(&store, &limited(&new, 3, 0), &z).await;
}

/// `document` exceeds the quota; neither it nor an event is stored.
async fn assert_full(store: &Store, tenant: &Tenant, document: &Document, excess: Excess) {
    let of = tenant.organization().as_str();
    let refusal = store.insert(tenant, document, Some(&event("refused", of))).await;
    let full = matches!(refusal, Err(TenantError::Full(found)) if found == excess);
    assert!(full, "{refusal:?}");
    assert_eq!(store.get(tenant, document.id()).await.unwrap(), None);
    assert!(event_ids(store.log(), of).await.is_empty());
}

/// A precondition on the tag of `present`, if it is `known`.
fn precondition(known: bool, present: &Document) -> Precondition<domain::model::DocumentTag> {
    if known { Precondition::AnyOf(vec![present.tag()]) } else { Precondition::None }
}
