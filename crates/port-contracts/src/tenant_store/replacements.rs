//! Replacements of documents.

use std::sync::Arc;

use domain::model::{DocumentTag, Precondition, Tenant};
use domain::ports::DocumentOutcome;
use serde_json::json;

use super::steps::{Store, create, ids, insert};
use crate::fixtures::{document, event, sharer, tenant};
use crate::suite::at_once;
use crate::trails::event_ids;

pub(super) async fn replace_affects_only_its_document(store: Store) {
    for (tenant, _) in created_tenants(&store).await {
        let (old, other) = (document("x", json!({"n": 1})), document("y", json!({"n": 1})));
        insert(&store, &tenant, &old).await;
        insert(&store, &tenant, &other).await;
        let new = document("x", json!({"z": [1.0, {"a": null}], "m": "é\0"}));
        let outcome = store.replace(&tenant, &new, &Precondition::None, None).await.unwrap();
        assert_eq!(outcome, DocumentOutcome::Done);
        assert_eq!(store.get(&tenant, new.id()).await.unwrap(), Some(new));
        assert_eq!(store.get(&tenant, other.id()).await.unwrap(), Some(other));
    }
}

pub(super) async fn replace_of_a_missing_document_adds_nothing(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        let unrecorded = event("1", of);
        for precondition in [Precondition::None, Precondition::AnyOf(vec![])] {
            let new = document("x", json!({}));
            let outcome = store.replace(&tenant, &new, &precondition, Some(&unrecorded)).await;
            assert_eq!(outcome.unwrap(), DocumentOutcome::Absent, "{precondition:?}");
        }
        assert!(ids(&store, &tenant).await.is_empty());
        assert!(event_ids(store.log(), of).await.is_empty());
    }
}

pub(super) async fn replace_checks_its_precondition_and_records_its_event(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        let first = document("x", json!({"n": 1}));
        let never = document("x", json!({"n": 0})).tag();
        insert(&store, &tenant, &first).await;
        for (tags, n, expected) in [
            (vec![], 2, DocumentOutcome::Stale),
            (vec![never.clone()], 2, DocumentOutcome::Stale),
            (vec![never, first.tag()], 3, DocumentOutcome::Done),
            (vec![first.tag()], 4, DocumentOutcome::Stale),
        ] {
            let precondition: Precondition<DocumentTag> = Precondition::AnyOf(tags);
            let (next, event) = (document("x", json!({ "n": n })), event(&n.to_string(), of));
            let outcome = store.replace(&tenant, &next, &precondition, Some(&event)).await;
            assert_eq!(outcome.unwrap(), expected, "{precondition:?}");
        }
        let left = store.get(&tenant, first.id()).await.unwrap();
        assert_eq!(left, Some(document("x", json!({"n": 3}))));
        assert_eq!(event_ids(store.log(), of).await, ["3"]);
    }
}

pub(super) async fn one_of_many_concurrent_replaces_of_a_document_succeeds_and_is_recorded(
    store: Store,
) {
    for (tenant, of) in created_tenants(&store).await {
        let first = document("x", json!({"n": "first"}));
        insert(&store, &tenant, &first).await;
        let outcomes = at_once(32, |i| {
            let (store, tenant) = (Arc::clone(&store), tenant.clone());
            let precondition = Precondition::AnyOf(vec![first.tag()]);
            let (next, event) = (document("x", json!({ "n": i })), event(&i.to_string(), of));
            async move { store.replace(&tenant, &next, &precondition, Some(&event)).await.unwrap() }
        })
        .await;
        let is_done = |outcome: &&DocumentOutcome| **outcome == DocumentOutcome::Done;
        assert_eq!(outcomes.iter().filter(is_done).count(), 1);
        let winner = outcomes.iter().position(|outcome| is_done(&outcome)).unwrap();
        let left = store.get(&tenant, first.id()).await.unwrap();
        assert_eq!(left, Some(document("x", json!({ "n": winner }))));
        assert_eq!(event_ids(store.log(), of).await, [winner.to_string()]);
    }
}

/// A tenant with a dedicated collection, and one in the shared collection, each with its
/// organization.
async fn created_tenants(store: &Store) -> [(Tenant, &'static str); 2] {
    [(create(store, &tenant("own", "org_own")).await, "own"), (sharer("sharer"), "sharer")]
}
