//! Audit events of documents: they are in the log when the call returns, without a flush.

use std::sync::Arc;

use domain::model::{Precondition, Tenant};
use domain::ports::{DocumentOutcome, TenantError};
use serde_json::json;

use super::steps::{Store, create, insert};
use crate::fixtures::{document, document_id, event, sharer, tenant};
use crate::suite::at_once;
use crate::trails::{event_ids, logged_ids};

pub(super) async fn insert_records_its_event(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        for (id, event_id) in [("x", Some("2")), ("y", None), ("z", Some("1"))] {
            let event = event_id.map(|id| event(id, of));
            store.insert(&tenant, &document(id, json!({})), event.as_ref()).await.unwrap();
        }
        assert_eq!(logged_ids(store.log(), of).await, ["2", "1"]);
        assert_eq!(event_ids(store.log(), of).await, ["2", "1"]);
    }
}

pub(super) async fn a_refused_insert_records_nothing(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        insert(&store, &tenant, &document("x", json!({}))).await;
        let refusal = store.insert(&tenant, &document("x", json!({})), Some(&event("1", of))).await;
        assert!(matches!(refusal, Err(TenantError::Exists)), "{refusal:?}");
        assert!(event_ids(store.log(), of).await.is_empty());
    }
    let missing = tenant("missing", "org_missing");
    let event = event("1", "missing");
    let refusal = store.insert(&missing, &document("x", json!({})), Some(&event)).await;
    assert!(matches!(refusal, Err(TenantError::Moved)), "{refusal:?}");
    assert!(event_ids(store.log(), "missing").await.is_empty());
}

pub(super) async fn one_of_many_concurrent_inserts_of_an_id_is_recorded(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        let results =
            at_once(32, |i| {
                let (store, tenant) = (Arc::clone(&store), tenant.clone());
                let (document, event) =
                    (document("x", json!({ "n": i })), event(&i.to_string(), of));
                async move {
                    store.insert(&tenant, &document, Some(&event)).await.map(|()| i.to_string())
                }
            })
            .await;
        let winners: Vec<String> = results.into_iter().filter_map(Result::ok).collect();
        assert_eq!(winners.len(), 1);
        assert_eq!(event_ids(store.log(), of).await, winners);
    }
}

pub(super) async fn delete_records_its_event(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        for id in ["x", "y", "z"] {
            insert(&store, &tenant, &document(id, json!({}))).await;
        }
        let tagged = Precondition::AnyOf(vec![document("z", json!({})).tag()]);
        for (id, precondition, event_id) in [
            ("x", &Precondition::None, Some("2")),
            ("y", &Precondition::None, None),
            ("z", &tagged, Some("1")),
        ] {
            let event = event_id.map(|id| event(id, of));
            let id = document_id(id);
            let outcome = store.delete(&tenant, &id, precondition, event.as_ref()).await;
            assert_eq!(outcome.unwrap(), DocumentOutcome::Done);
        }
        assert_eq!(logged_ids(store.log(), of).await, ["2", "1"]);
        assert_eq!(event_ids(store.log(), of).await, ["2", "1"]);
    }
}

pub(super) async fn an_ineffective_delete_records_nothing(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        insert(&store, &tenant, &document("x", json!({}))).await;
        let unrecorded = event("1", of);
        for (id, precondition, expected) in [
            ("x", Precondition::AnyOf(vec![]), DocumentOutcome::Stale),
            ("y", Precondition::None, DocumentOutcome::Absent),
            ("y", Precondition::AnyOf(vec![]), DocumentOutcome::Absent),
        ] {
            let id = document_id(id);
            let outcome =
                store.delete(&tenant, &id, &precondition, Some(&unrecorded)).await.unwrap();
            assert_eq!(outcome, expected, "{precondition:?}");
        }
        assert!(event_ids(store.log(), of).await.is_empty());
    }
    let missing = tenant("missing", "org_missing");
    let (id, event) = (document_id("x"), event("1", "missing"));
    let refusal = store.delete(&missing, &id, &Precondition::None, Some(&event)).await;
    assert!(matches!(refusal, Err(TenantError::Moved)), "{refusal:?}");
    assert!(event_ids(store.log(), "missing").await.is_empty());
}

pub(super) async fn one_of_many_concurrent_deletes_is_recorded(store: Store) {
    for (tenant, of) in created_tenants(&store).await {
        insert(&store, &tenant, &document("x", json!({}))).await;
        let outcomes =
            at_once(32, |i| {
                let (store, tenant) = (Arc::clone(&store), tenant.clone());
                let (id, event) = (document_id("x"), event(&i.to_string(), of));
                async move {
                    store.delete(&tenant, &id, &Precondition::None, Some(&event)).await.unwrap()
                }
            })
            .await;
        let deleted = |outcome: &DocumentOutcome| *outcome == DocumentOutcome::Done;
        let winner = outcomes.iter().position(deleted).unwrap();
        assert_eq!(event_ids(store.log(), of).await, [winner.to_string()]);
    }
}

/// A tenant with a dedicated collection, and one in the shared collection, each with its
/// organization.
async fn created_tenants(store: &Store) -> [(Tenant, &'static str); 2] {
    [(create(store, &tenant("own", "org_own")).await, "own"), (sharer("sharer"), "sharer")]
}
