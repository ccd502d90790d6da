//! The shared collection.

use domain::model::{OrganizationId, Page, Precondition};
use serde_json::json;

use super::steps::{Store, create, ids, insert};
use crate::fixtures::{document, document_id, organization_id, page_of, sharer};

/// Ids that are prefixes of each other; the characters in between surround the one that a store may
/// use to separate the parts of its keys.
const NEIGHBOURS: [&str; 5] = ["a", "a-", "a0", "aa", "b"];

pub(super) async fn shared_tenants_access_only_their_own_documents(store: Store) {
    for id in NEIGHBOURS {
        assert_eq!(create(&store, &sharer(id)).await, sharer(id), "nothing is to be made");
        insert(&store, &sharer(id), &document("x", json!({ "of": id }))).await;
        insert(&store, &sharer(id), &document("/x", json!({ "of": id }))).await;
    }
    for id in NEIGHBOURS {
        let found = store.get(&sharer(id), &document_id("x")).await.unwrap();
        assert_eq!(found, Some(document("x", json!({ "of": id }))));
        assert_eq!(ids(&store, &sharer(id)).await, ["/x", "x"]);
    }
    store.delete(&sharer("a"), &document_id("x"), &Precondition::None, None).await.unwrap();
    assert_eq!(ids(&store, &sharer("a")).await, ["/x"]);
    store.remove(&sharer("a")).await.unwrap();
    store.remove(&sharer("a")).await.unwrap();
    assert!(ids(&store, &sharer("a")).await.is_empty());
    for id in &NEIGHBOURS[1..] {
        assert_eq!(ids(&store, &sharer(id)).await, ["/x", "x"], "{id}");
    }
    assert!(store.collections(None, page_of(1)).await.unwrap().items.is_empty());
}

pub(super) async fn shared_tenants_are_paged_in_order(store: Store) {
    for id in NEIGHBOURS {
        for n in ["1", "2", "3"] {
            insert(&store, &sharer(id), &document(n, json!({}))).await;
        }
    }
    assert_page(&store.shared_tenants(None, page_of(2)).await.unwrap(), "a a-", true);
    let after = Some(&organization_id("a-"));
    assert_page(&store.shared_tenants(after, page_of(3)).await.unwrap(), "a0 aa b", false);
    let after_a_gap = Some(&organization_id("a1"));
    assert_page(&store.shared_tenants(after_a_gap, page_of(3)).await.unwrap(), "aa b", false);
    for id in NEIGHBOURS {
        store.remove(&sharer(id)).await.unwrap();
    }
    assert_page(&store.shared_tenants(None, page_of(2)).await.unwrap(), "", false);
}

fn assert_page(page: &Page<OrganizationId>, ids: &str, more: bool) {
    let found: Vec<&str> = page.items.iter().map(OrganizationId::as_str).collect();
    assert_eq!((found.join(" ").as_str(), page.more), (ids, more));
}
