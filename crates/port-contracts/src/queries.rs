//! Filters and orders of documents: a store has to find what [`Filter::matches`] and [`Sort::compare`] say, on random
//! documents and random queries, for a tenant with a collection of its own and for one without.

mod random;

use std::sync::Arc;

use domain::model::{Document, DocumentQuery, Filter, Page, PageSize, Sort, Tenant};
use domain::ports::TenantStore;
use serde_json::{Value, json};

use crate::fixtures::{document, object, page_of, sharer, tenant};
use random::Random;

type Store = Arc<dyn TenantStore>;

/// How many sets of documents are made, and how many queries are asked of each.
const SETS: usize = 6;
const QUERIES: usize = 60;
const DOCUMENTS: usize = 40;

suite! { $ queries(Store):
    random_filters_find_what_they_should,
    random_orders_list_everything_once,
    ids_are_filtered_and_ordered_like_any_text,
    what_is_large_ends_a_page_in_any_order,
}

async fn random_filters_find_what_they_should(store: Store) {
    let mut random = Random::new();
    for set in 0..SETS {
        let documents = random.documents(DOCUMENTS);
        for tenant in filled(&store, set, &documents).await {
            for _ in 0..QUERIES {
                let filter = random.filter();
                let query = DocumentQuery { filter, ..DocumentQuery::default() };
                let found = all(&store, &tenant, &query, PageSize::MAX).await;
                let matching = documents.iter().filter(|it| query.filter.matches(it));
                let mut expected: Vec<&Document> = matching.collect();
                expected.sort_by_key(|it| it.id());
                assert_same(&found, &expected, &query);
            }
        }
    }
}

async fn random_orders_list_everything_once(store: Store) {
    let mut random = Random::new();
    for set in 0..SETS {
        let documents = random.documents(DOCUMENTS);
        for tenant in filled(&store, set, &documents).await {
            for _ in 0..QUERIES / 6 {
                let filter = if random.chance(50) { random.filter() } else { Filter::default() };
                let query = DocumentQuery { filter, sort: random.sort(), after: None };
                let size = page_of(random.number(1, 15));
                let found = all(&store, &tenant, &query, size).await;
                let matching = documents.iter().filter(|it| query.filter.matches(it));
                let mut expected: Vec<&Document> = matching.collect();
                let place = |it: &Document| query.sort.position(it);
                expected.sort_by(|a, b| query.sort.compare(&place(a), &place(b)));
                assert_same(&found, &expected, &query);
            }
        }
    }
}

async fn ids_are_filtered_and_ordered_like_any_text(store: Store) {
    let documents: Vec<Document> =
        ["a", "b", "b#", "b$", "c"].iter().map(|id| document(id, json!({"n": 1}))).collect();
    for tenant in filled(&store, 0, &documents).await {
        for (filter, sort, expected) in [
            (json!({"_id": "b"}), "n", &["b"][..]),
            (json!({"_id": {"$gt": "b"}}), "-_id", &["c", "b$", "b#"]),
            (json!({"_id": {"$lte": "b#"}}), "n,-_id", &["b#", "b", "a"]),
            (json!({"_id": {"$in": ["c", "a", 7, null]}}), "_id", &["a", "c"]),
            (json!({"_id": {"$nin": ["c", "a"]}}), "n", &["b", "b#", "b$"]),
            (json!({"_id": {"$ne": "b"}, "n": {"$exists": true}}), "n", &["a", "b#", "b$", "c"]),
            (json!({"_id": {"$gt": ""}}), "n", &["a", "b", "b#", "b$", "c"]),
            (json!({"_id": {"$lt": 7}}), "n", &[]),
            (json!({"_id": {"$exists": false}}), "n", &[]),
            (json!({"$or": [{"_id": "a"}, {"_id.x": null, "_id": "c"}]}), "n", &["a", "c"]),
        ] {
            let (filter, sort) = (parsed(&filter), Sort::parse(sort).unwrap());
            let query = DocumentQuery { filter, sort, after: None };
            let found = all(&store, &tenant, &query, page_of(2)).await;
            let ids: Vec<&str> = found.iter().map(|it| it.id().as_str()).collect();
            assert_eq!(ids, expected, "{query:?}");
        }
    }
}

async fn what_is_large_ends_a_page_in_any_order(store: Store) {
    let half = "x".repeat(Page::<Document>::MAX_BYTES / 2);
    let documents: Vec<Document> =
        (0..5).map(|n| document(&n.to_string(), json!({"n": -n, "text": half}))).collect();
    for tenant in filled(&store, 0, &documents).await {
        let sort = Sort::parse("n").unwrap();
        let query = DocumentQuery { sort, ..DocumentQuery::default() };
        let page = store.list(&tenant, &query, PageSize::MAX).await.unwrap();
        assert_eq!((page.items.len(), page.more), (1, true));
        let found = all(&store, &tenant, &query, PageSize::MAX).await;
        let ids: Vec<&str> = found.iter().map(|it| it.id().as_str()).collect();
        assert_eq!(ids, ["4", "3", "2", "1", "0"]);
    }
}

fn parsed(filter: &Value) -> Filter {
    Filter::parse(object(filter.clone())).unwrap()
}

/// A tenant with a collection of its own and one without, both with `documents`, beside others that must not be found.
async fn filled(store: &Store, set: usize, documents: &[Document]) -> [Tenant; 2] {
    let made = async |tenant: Tenant| {
        let placement = store.create(&tenant).await.unwrap();
        crate::fixtures::tenant_at(tenant.organization(), placement)
    };
    let own = made(tenant(&format!("own{set}"), &format!("org_own{set}"))).await;
    let other = made(tenant(&format!("other{set}"), &format!("org_other{set}"))).await;
    let [shared, stranger] =
        [format!("shared{set}"), format!("shared{set}-other")].map(|id| sharer(&id));
    for tenant in [&own, &other, &shared, &stranger] {
        for document in documents {
            store.insert(tenant, document, None).await.unwrap();
        }
    }
    [own, shared]
}

/// Everything that a query finds, page by page.
async fn all(
    store: &Store,
    tenant: &Tenant,
    query: &DocumentQuery,
    size: PageSize,
) -> Vec<Document> {
    let (mut query, mut found) = (query.clone(), Vec::new());
    loop {
        let page = store.list(tenant, &query, size).await.unwrap();
        assert!(page.items.len() <= size.get() && !(page.items.is_empty() && page.more));
        query.after = page.items.last().map(|last| query.sort.position(last));
        found.extend(page.items);
        if !page.more {
            return found;
        }
    }
}

fn assert_same(found: &[Document], expected: &[&Document], query: &DocumentQuery) {
    let differs = |(found, expected): &(&Document, &&Document)| found != *expected;
    let first = found.iter().zip(expected).find(differs);
    assert!(
        first.is_none() && found.len() == expected.len(),
        "{query:#?} found {} instead of {}; the first that differs: {first:#?}; all: {:#?}",
        found.len(),
        expected.len(),
        (found, expected)
    );
}
