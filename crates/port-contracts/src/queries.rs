//! Contract of filters and sort orders: a store has to return what [`Filter::matches`] and
//! [`Sort::compare`] define, on random documents and random queries, for a tenant with a dedicated
//! collection and for one in the shared collection.

mod random;

use std::sync::Arc;

use domain::model::{Document, DocumentQuery, Filter, Page, PageSize, Position, Sort, Tenant};
use domain::ports::{TenantError, TenantStore};
use serde_json::{Value, json};

use crate::fixtures::{document, object, page_of, sharer, tenant};
use random::Random;

type Store = Arc<dyn TenantStore>;

/// Number of random sets of documents.
const SETS: usize = 6;
const QUERIES: usize = 60;
const DOCUMENTS: usize = 40;

suite! { $ queries(Store):
    random_filters_match_the_model,
    random_sorts_list_every_document_once,
    ids_are_filtered_and_sorted_like_text,
    large_documents_end_a_page_in_any_sort,
    sorting_by_large_values_is_refused,
}

async fn random_filters_match_the_model(store: Store) {
    let mut random = Random::new();
    for set in 0..SETS {
        let documents = random.documents(DOCUMENTS);
        for tenant in filled(&store, set, &documents).await {
            for _ in 0..QUERIES {
                let filter = random.filter();
                let query = DocumentQuery { filter, ..DocumentQuery::default() };
                let found = all(&store, &tenant, &query, PageSize::MAX).await;
                let matching = documents.iter().filter(|it| query.filter.matches(&it.tree()));
                let mut expected: Vec<&Document> = matching.collect();
                expected.sort_by_key(|it| it.id());
                assert_same(&found, &expected, &query);
            }
        }
    }
}

async fn random_sorts_list_every_document_once(store: Store) {
    let mut random = Random::new();
    for set in 0..SETS {
        let documents = random.documents(DOCUMENTS);
        for tenant in filled(&store, set, &documents).await {
            for _ in 0..QUERIES / 6 {
                let filter = if random.chance(50) { random.filter() } else { Filter::default() };
                let query = DocumentQuery { filter, sort: random.sort(), after: None };
                let size = page_of(random.number(1, 15));
                let found = all(&store, &tenant, &query, size).await;
                let matching = documents.iter().filter(|it| query.filter.matches(&it.tree()));
                let mut expected: Vec<&Document> = matching.collect();
                let place = |it: &Document| query.sort.position(&it.tree()).unwrap();
                expected.sort_by(|a, b| query.sort.compare(&place(a), &place(b)));
                assert_same(&found, &expected, &query);
            }
        }
    }
}

async fn ids_are_filtered_and_sorted_like_text(store: Store) {
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

async fn large_documents_end_a_page_in_any_sort(store: Store) {
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

async fn sorting_by_large_values_is_refused(store: Store) {
    let text = |length| json!("x".repeat(length));
    // Exactly the maximum size of a position, and a little more, for each type of values.
    let fitting = [
        text(Position::MAX_BYTES - 5),
        json!(vec![(); 840]),
        json!(vec![7; 466]),
        json!(vec![1_u64 << 40; 323]),
        json!(vec![u64::MAX; 200]),
        json!(vec![0.5; 323]),
        json!(vec![true; 700]),
        json!({"a": {"b": "x".repeat(Position::MAX_BYTES - 21)}}),
    ];
    let too_large = [
        text(Position::MAX_BYTES - 4),
        json!(vec![(); 841]),
        json!(vec![7; 467]),
        json!(vec![1_u64 << 40; 324]),
        json!(vec![u64::MAX; 201]),
        json!(vec![0.5; 324]),
        json!(vec![true; 701]),
        json!({"a": {"b": "x".repeat(Position::MAX_BYTES - 20)}}),
    ];
    let large = |index: usize, value: &Value, is_large| {
        let fields = json!({"v": value, "w": {"v": value}, "n": index, "large": is_large});
        document(&format!("{is_large}-{index}"), fields)
    };
    let fitting = fitting.iter().enumerate().map(|(index, value)| large(index, value, false));
    let too_large = too_large.iter().enumerate().map(|(index, value)| large(index, value, true));
    let documents: Vec<Document> = fitting.chain(too_large).collect();
    let list = |filter: Value, sort: &str| {
        let (filter, sort) = (parsed(&filter), Sort::parse(sort).unwrap());
        DocumentQuery { filter, sort, after: None }
    };
    for tenant in filled(&store, 0, &documents).await {
        for sort in ["v", "-v", "w.v", "v,_id", "-v,-_id"] {
            let query = list(json!({"large": false}), sort);
            let page = store.list(&tenant, &query, page_of(2)).await.unwrap();
            assert_eq!((page.items.len(), page.more), (2, true), "{sort}");
            for index in 0..8 {
                let query = list(json!({"$or": [{"large": false}, {"n": index}]}), sort);
                let refused = store.list(&tenant, &query, page_of(2)).await;
                let is_refused = matches!(refused, Err(TenantError::PositionTooLarge(_)));
                assert!(is_refused, "{sort} {index}: {refused:?}");
                // Nor on a later page.
                let after = query.sort.position(&documents[0].tree()).ok();
                let query = DocumentQuery { after, ..query };
                let refused = store.list(&tenant, &query, page_of(2)).await;
                assert!(matches!(refused, Err(TenantError::PositionTooLarge(_))), "{sort} {index}");
            }
        }
        for sort in ["n", "-_id", "n,-_id"] {
            let page = store.list(&tenant, &list(json!({}), sort), page_of(2)).await.unwrap();
            assert_eq!(page.items.len(), 2, "{sort}");
        }
        let both = list(json!({"large": false}), "v,w.v");
        let refused = store.list(&tenant, &both, page_of(2)).await;
        assert!(matches!(refused, Err(TenantError::PositionTooLarge(_))), "{refused:?}");
    }
}

fn parsed(filter: &Value) -> Filter {
    Filter::parse(object(filter.clone())).unwrap()
}

/// A tenant with a dedicated collection and one in the shared collection, both with `documents`,
/// beside others that must not be found.
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

/// All results of a query, page by page.
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
        query.after = page.items.last().map(|last| query.sort.position(&last.tree()).unwrap());
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
