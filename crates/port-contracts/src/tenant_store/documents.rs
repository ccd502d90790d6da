//! Documents in a collection.

use std::sync::Arc;

use domain::model::{Document, DocumentQuery, DocumentTag, Page, Precondition, Tenant};
use domain::ports::{DocumentOutcome, TenantError};
use serde_json::json;

use super::steps::{Store, create, ids, insert};
use crate::fixtures::{document, document_id, page_of, sharer, tenant};
use crate::suite::at_once;

pub(super) async fn insert_refuses_an_existing_id(store: Store) {
    for tenant in created_tenants(&store).await {
        let first = document("x", json!({"n": 1}));
        insert(&store, &tenant, &first).await;
        for second in [first.clone(), document("x", json!({"n": 2}))] {
            let refusal = store.insert(&tenant, &second, None).await;
            assert!(matches!(refusal, Err(TenantError::Exists)), "{refusal:?}");
        }
        assert_eq!(store.get(&tenant, first.id()).await.unwrap(), Some(first));
    }
}

pub(super) async fn one_of_many_concurrent_inserts_of_an_id_succeeds(store: Store) {
    for tenant in created_tenants(&store).await {
        let results = at_once(32, |i| {
            let (store, tenant) = (Arc::clone(&store), tenant.clone());
            let document = document("x", json!({ "n": i }));
            async move { store.insert(&tenant, &document, None).await.map(|()| document) }
        })
        .await;
        let mut winners = Vec::new();
        for result in results {
            match result {
                Ok(document) => winners.push(document),
                Err(refusal) => assert!(matches!(refusal, TenantError::Exists), "{refusal:?}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(store.get(&tenant, &document_id("x")).await.unwrap(), winners.pop());
    }
}

pub(super) async fn get_returns_a_document_exactly_as_it_was_inserted(store: Store) {
    for tenant in created_tenants(&store).await {
        let longest = "\u{1F600}".repeat(128);
        for id in ["x", "Ä/\0 ?#", &longest] {
            let document = difficult(id);
            insert(&store, &tenant, &document).await;
            let stored = store.get(&tenant, document.id()).await.unwrap().unwrap();
            assert_eq!(stored, document);
            assert_eq!(stored.tag(), document.tag(), "the order of members counts");
        }
    }
}

pub(super) async fn get_finds_nothing_for_an_unknown_id(store: Store) {
    for tenant in created_tenants(&store).await {
        insert(&store, &tenant, &document("x", json!({}))).await;
        for unknown in ["y", "X", "x\0", "x "] {
            let found = store.get(&tenant, &document_id(unknown)).await.unwrap();
            assert_eq!(found, None, "{unknown:?}");
        }
    }
}

pub(super) async fn delete_removes_a_document(store: Store) {
    for tenant in created_tenants(&store).await {
        insert(&store, &tenant, &document("x", json!({}))).await;
        insert(&store, &tenant, &document("y", json!({}))).await;
        for expected in [DocumentOutcome::Done, DocumentOutcome::Absent] {
            let outcome = store.delete(&tenant, &document_id("x"), &Precondition::None, None).await;
            assert_eq!(outcome.unwrap(), expected);
        }
        assert_eq!(ids(&store, &tenant).await, ["y"]);
    }
}

pub(super) async fn delete_checks_its_precondition(store: Store) {
    for tenant in created_tenants(&store).await {
        let present = document("x", json!({"n": 2}));
        insert(&store, &tenant, &present).await;
        let earlier = document("x", json!({"n": 1})).tag();
        for (tags, expected) in [
            (vec![], DocumentOutcome::Stale),
            (vec![earlier.clone()], DocumentOutcome::Stale),
            (vec![earlier, present.tag()], DocumentOutcome::Done),
            (vec![present.tag()], DocumentOutcome::Absent),
        ] {
            let precondition: Precondition<DocumentTag> = Precondition::AnyOf(tags);
            let before = store.get(&tenant, present.id()).await.unwrap();
            let outcome = store.delete(&tenant, present.id(), &precondition, None).await.unwrap();
            assert_eq!(outcome, expected, "{precondition:?}");
            let after = store.get(&tenant, present.id()).await.unwrap();
            let deleted = outcome == DocumentOutcome::Done;
            assert_eq!(after, if deleted { None } else { before }, "{precondition:?}");
        }
    }
}

pub(super) async fn one_of_many_concurrent_deletes_removes_the_document(store: Store) {
    for tenant in created_tenants(&store).await {
        let present = document("x", json!({}));
        insert(&store, &tenant, &present).await;
        let outcomes =
            at_once(32, |_| {
                let (store, tenant) = (Arc::clone(&store), tenant.clone());
                let precondition = Precondition::AnyOf(vec![present.tag()]);
                async move {
                    store.delete(&tenant, &document_id("x"), &precondition, None).await.unwrap()
                }
            })
            .await;
        let count = |wanted| outcomes.iter().filter(|&&outcome| outcome == wanted).count();
        assert_eq!((count(DocumentOutcome::Done), count(DocumentOutcome::Absent)), (1, 31));
    }
}

/// In UTF-16 order the last two would be swapped, and in a case-insensitive order the first ones.
pub(super) async fn list_ends_a_page_of_large_documents_early(store: Store) {
    for tenant in created_tenants(&store).await {
        let half = "x".repeat(Page::<Document>::MAX_BYTES / 2);
        let whole = half.repeat(2);
        for (id, text) in [("a", &half), ("b", &half), ("c", &whole), ("d", &half)] {
            insert(&store, &tenant, &document(id, json!({ "text": text }))).await;
        }
        let (mut after, mut pages) = (None, Vec::new());
        loop {
            let page = store
                .list(&tenant, &DocumentQuery::by_id(after.as_ref()), page_of(100))
                .await
                .unwrap();
            pages.push(page.items.iter().map(|item| item.id().to_string()).collect::<Vec<_>>());
            after = page.items.last().map(|item| item.id().clone());
            if !page.more {
                break;
            }
        }
        assert_eq!(pages, [["a"], ["b"], ["c"], ["d"]], "two halves and their ids are too much");
    }
}

pub(super) async fn list_pages_in_order_of_code_points(store: Store) {
    for tenant in created_tenants(&store).await {
        for id in ["\u{1F600}", "a", "B", "\0", "\u{FF5E}", "é", "ab"] {
            insert(&store, &tenant, &difficult(id)).await;
        }
        let in_order = ["\0", "B", "a", "ab", "é", "\u{FF5E}", "\u{1F600}"];
        assert_eq!(ids(&store, &tenant).await, in_order);
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = store
                .list(&tenant, &DocumentQuery::by_id(after.as_ref()), page_of(3))
                .await
                .unwrap();
            after = page.items.last().map(|document| document.id().clone());
            found.extend(page.items);
            assert_eq!(page.more, found.len() < in_order.len());
            if !page.more {
                break;
            }
        }
        assert_eq!(found, in_order.map(difficult));
        let page = store
            .list(&tenant, &DocumentQuery::by_id(Some(&document_id("aa"))), page_of(1))
            .await
            .unwrap();
        assert_eq!(page.items, [difficult("ab")], "after an id that is not there");
        let page =
            store.list(&tenant, &DocumentQuery::by_id(after.as_ref()), page_of(1)).await.unwrap();
        assert!(page.items.is_empty() && !page.more, "after the last");
    }
}

/// A tenant with a dedicated collection, and one in the shared collection.
async fn created_tenants(store: &Store) -> [Tenant; 2] {
    [create(store, &tenant("a", "org_a")).await, sharer("a")]
}

/// Content that a store might alter: the order of members, numbers, and text.
fn difficult(id: &str) -> Document {
    let members = json!({
        "zeta": [0, -1, u64::MAX, i64::MIN, 0.1, 1.0, 0.11711111111111111, -3.597847523160892e-242, 5e-324],
        "alpha": {"": null, "nested": {"b": true, "a": false}, "empty": {}, "none": []},
        "text": "e\u{301} \u{E9} \0 \u{2028} \u{1F600} \" \\ \n",
        "null": null,
    });
    document(id, members)
}
