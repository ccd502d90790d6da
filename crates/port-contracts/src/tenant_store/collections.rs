//! Operations on whole collections.

use std::sync::Arc;

use domain::model::{CollectionName, DocumentQuery, Page, Precondition, Sort};
use domain::ports::TenantError;
use serde_json::json;

use super::steps::{Store, create, ids, insert, rename};
use crate::fixtures::{self, collection, document, document_id, page_of, sharer, tenant};
use crate::suite::at_once;

pub(super) async fn access_does_not_create_a_missing_collection(store: Store) {
    let missing = tenant("a", "org_a");
    assert_moved(store.insert(&missing, &document("x", json!({})), None).await);
    assert_moved(store.get(&missing, &document_id("x")).await);
    assert_moved(store.delete(&missing, &document_id("x"), &Precondition::None, None).await);
    for sort in [Sort::default(), Sort::parse("n").unwrap()] {
        let query = DocumentQuery { sort, ..DocumentQuery::default() };
        assert_moved(store.list(&missing, &query, page_of(1)).await);
    }
    let any = document("any", json!({}));
    assert_moved(store.replace(&missing, &any, &Precondition::None, None).await);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "", false);
}

pub(super) async fn a_tenant_accesses_only_its_own_documents(store: Store) {
    let (ours, theirs) = (
        create(&store, &tenant("a", "org_a")).await,
        create(&store, &tenant("b", "org_a_2")).await,
    );
    let (our_document, their_document) =
        (document("x", json!({"of": "a"})), document("x", json!({"of": "b"})));
    insert(&store, &ours, &our_document).await;
    insert(&store, &theirs, &their_document).await;
    insert(&store, &theirs, &document("y", json!({}))).await;
    let id = document_id("x");
    assert_eq!(store.get(&ours, &id).await.unwrap(), Some(our_document));
    assert_eq!(store.get(&ours, &document_id("y")).await.unwrap(), None);
    assert_eq!(ids(&store, &ours).await, ["x"]);
    store.delete(&ours, &id, &Precondition::None, None).await.unwrap();
    store.remove(&ours).await.unwrap();
    assert_eq!(store.get(&theirs, &id).await.unwrap(), Some(their_document));
    assert_eq!(ids(&store, &theirs).await, ["x", "y"]);
}

pub(super) async fn create_of_an_existing_collection_changes_nothing(store: Store) {
    let tenant = create(&store, &tenant("a", "org_a")).await;
    insert(&store, &tenant, &document("x", json!({}))).await;
    assert_eq!(create(&store, &tenant).await, tenant);
    assert_eq!(create(&store, &fixtures::tenant("a", "org_a")).await, tenant);
    assert_eq!(ids(&store, &tenant).await, ["x"]);
}

pub(super) async fn rename_moves_all_documents(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let moved = document("x", json!({"n": 1}));
    insert(&store, &old, &moved).await;
    insert(&store, &old, &document("y", json!({}))).await;
    let new = rename(&store, &old, "org_new").await;
    assert_eq!(ids(&store, &new).await, ["x", "y"]);
    assert_eq!(store.get(&new, moved.id()).await.unwrap(), Some(moved));
    for sort in [Sort::default(), Sort::parse("n").unwrap()] {
        let query = DocumentQuery { sort, ..DocumentQuery::default() };
        assert_moved(store.list(&old, &query, page_of(1)).await);
    }
    let any = document("any", json!({}));
    assert_moved(store.replace(&old, &any, &Precondition::None, None).await);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "org_new", false);
}

pub(super) async fn rename_is_idempotent(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &old, &document("x", json!({}))).await;
    let new = rename(&store, &old, "org_new").await;
    assert_eq!(rename(&store, &old, "org_new").await, new);
    assert_eq!(ids(&store, &new).await, ["x"]);
}

pub(super) async fn rename_removes_an_empty_collection_that_was_created_late(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &old, &document("x", json!({}))).await;
    let new = rename(&store, &old, "org_new").await;
    create(&store, &old).await;
    assert_eq!(rename(&store, &old, "org_new").await, new);
    assert_eq!(ids(&store, &new).await, ["x"]);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "org_new", false);
}

/// A late `create`, and a writer that still knows its collection.
pub(super) async fn rename_moves_late_writes_to_the_old_name(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &old, &document("x", json!({"n": 1}))).await;
    let new = rename(&store, &old, "org_new").await;
    let late = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &late, &document("y", json!({"n": 2}))).await;
    assert_eq!(rename(&store, &late, "org_new").await, new);
    assert_eq!(ids(&store, &new).await, ["x", "y"]);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "org_new", false);
}

/// Neither of two documents with one id may be lost: the later one stays where it is.
pub(super) async fn rename_overwrites_no_document(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let (first, second) = (document("x", json!({"n": 1})), document("x", json!({"n": 2})));
    insert(&store, &old, &first).await;
    let new = rename(&store, &old, "org_new").await;
    let late = create(&store, &tenant("a", "org_old")).await;
    insert(&store, &late, &second).await;
    insert(&store, &late, &document("y", json!({}))).await;
    assert_eq!(rename(&store, &late, "org_new").await, new);
    assert_eq!(store.get(&new, first.id()).await.unwrap(), Some(first));
    assert_eq!(ids(&store, &new).await, ["x", "y"]);
    assert_eq!(store.get(&late, second.id()).await.unwrap(), Some(second));
    assert_eq!(ids(&store, &late).await, ["x"]);
}

pub(super) async fn rename_without_a_collection_fails(store: Store) {
    assert_moved(store.rename(&tenant("a", "org_old"), &collection("org_new")).await);
    assert_moved(store.rename(&sharer("a"), &collection("org_new")).await);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "", false);
}

/// Each insert comes before the rename and moves with it, or is refused.
pub(super) async fn rename_loses_no_concurrent_insert(store: Store) {
    let old = create(&store, &tenant("a", "org_old")).await;
    let acknowledged = at_once(33, |i| {
        let (store, old) = (Arc::clone(&store), old.clone());
        async move {
            if i == 16 {
                rename(&store, &old, "org_new").await;
                return None;
            }
            match store.insert(&old, &document(&format!("{i:02}"), json!({})), None).await {
                Ok(()) => Some(format!("{i:02}")),
                Err(refusal) => {
                    assert!(matches!(refusal, TenantError::Moved), "{refusal:?}");
                    None
                }
            }
        }
    })
    .await;
    let acknowledged: Vec<_> = acknowledged.into_iter().flatten().collect();
    let new = rename(&store, &old, "org_new").await;
    assert_eq!(ids(&store, &new).await, acknowledged);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "org_new", false);
}

pub(super) async fn remove_removes_the_collection_with_all_documents(store: Store) {
    let gone = create(&store, &tenant("a", "org_a")).await;
    insert(&store, &gone, &document("x", json!({}))).await;
    store.remove(&gone).await.unwrap();
    for sort in [Sort::default(), Sort::parse("n").unwrap()] {
        let query = DocumentQuery { sort, ..DocumentQuery::default() };
        assert_moved(store.list(&gone, &query, page_of(1)).await);
    }
    let any = document("any", json!({}));
    assert_moved(store.replace(&gone, &any, &Precondition::None, None).await);
    assert_page(&store.collections(None, page_of(9)).await.unwrap(), "", false);
    let new = create(&store, &tenant("a", "org_a")).await;
    assert!(ids(&store, &new).await.is_empty());
}

pub(super) async fn remove_of_a_missing_collection_succeeds(store: Store) {
    store.remove(&tenant("a", "org_a")).await.unwrap();
}

pub(super) async fn collections_pages_in_order(store: Store) {
    for name in ["org_c", "org_a", "org_a_2", "org_b"] {
        create(&store, &tenant(name, name)).await;
    }
    assert_page(&store.collections(None, page_of(2)).await.unwrap(), "org_a org_a_2", true);
    let after = Some(&collection("org_a_2"));
    assert_page(&store.collections(after, page_of(2)).await.unwrap(), "org_b org_c", false);
    let after_a_gap = Some(&collection("org_bb"));
    assert_page(&store.collections(after_a_gap, page_of(2)).await.unwrap(), "org_c", false);
}

fn assert_moved<T: std::fmt::Debug>(result: Result<T, TenantError>) {
    assert!(matches!(result, Err(TenantError::Moved)), "{result:?}");
}

fn assert_page(page: &Page<CollectionName>, names: &str, more: bool) {
    let found: Vec<&str> = page.items.iter().map(CollectionName::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (names, more));
}
