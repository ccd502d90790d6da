use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, DocumentQuery, Filter, PageSize, Sort};
use domain::ports::TenantStore;
use port_contracts::fixtures::{document, object, page_of};
use serde_json::{Value, json};

use super::{Adopted, hidden, oid};

/// Around and between the `ObjectId`s.
const TEXTS: [&str; 12] = [
    "#",
    "0",
    "5",
    "507f",
    "507f1f77bcf86cd79943901",
    "507f1f77bcf86cd7994390110",
    "5:",
    "5A",
    "9g",
    "fffffffffffffffffffffffff",
    "g",
    "é",
];
const OBJECT_IDS: [&str; 7] = [
    "000000000000000000000000",
    "000000000000000000000001",
    "507f191e810c19729de860ea",
    "507f1f77bcf86cd799439011",
    "5a00000000000000000000ff",
    "9fffffffffffffffffffffff",
    "ffffffffffffffffffffffff",
];

/// The stored documents, and how the API shows them.
fn documents() -> (Vec<Fields>, Vec<Document>) {
    let texts = TEXTS.iter().map(|id| (Bson::from(*id), *id));
    let object_ids = OBJECT_IDS.iter().map(|id| (Bson::from(oid(id)), *id));
    let all = texts.chain(object_ids).zip(0..).map(|((key, visible), n)| {
        let n: i32 = n % 4;
        (doc! { "_id": key, "n": n }, document(visible, json!({ "n": n })))
    });
    let (mut stored, visible): (Vec<Fields>, Vec<Document>) = all.unzip();
    stored.extend(hidden());
    (stored, visible)
}

#[tokio::test]
async fn text_and_object_ids_are_filtered_and_ordered_together() {
    let (stored, visible) = documents();
    let adopted = Adopted::with(&stored).await;
    for filter in filters() {
        for sort in ["", "_id", "-_id", "n", "-n,-_id"] {
            let sort = if sort.is_empty() { Sort::default() } else { Sort::parse(sort).unwrap() };
            let filter = Filter::parse(object(filter.clone())).unwrap();
            let query = DocumentQuery { filter, sort, after: None };
            let mut expected: Vec<&Document> =
                visible.iter().filter(|it| query.filter.matches(&it.tree())).collect();
            let position = |it: &Document| query.sort.position(&it.tree()).unwrap();
            expected.sort_by(|a, b| query.sort.compare(&position(a), &position(b)));
            let found = all(&adopted, &query, page_of(5)).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query:?}");
        }
    }
}

/// Each comparison with each existing id, and with some others.
fn filters() -> Vec<Value> {
    let mut filters = vec![
        json!({}),
        json!({ "_id": { "$exists": true } }),
        json!({ "_id": { "$exists": false } }),
        json!({ "_id": { "$in": [OBJECT_IDS[2], TEXTS[3], 7, null] } }),
        json!({ "_id": { "$nin": [OBJECT_IDS[2], TEXTS[3], 7, null] } }),
        json!({ "_id": 7 }),
        json!({ "_id": { "$ne": 7 } }),
        json!({ "_id": { "$gt": 1 } }),
        json!({ "_id.a": null, "n": { "$gt": 1 } }),
        json!({ "$or": [{ "_id": { "$lt": OBJECT_IDS[1] } }, { "_id": { "$gt": "9" }, "n": 1 }] }),
    ];
    let missing = ["", "507f1f77bcf86cd799439010", "zz", "5F"];
    for (id, n) in TEXTS.into_iter().chain(OBJECT_IDS).chain(missing).zip(0_usize..) {
        let operators = ["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"];
        // All of them with every fourth id, one with each of the others.
        let chosen = operators.iter().enumerate().filter(|(at, _)| n % 4 == 0 || n % 6 == *at);
        filters.extend(chosen.map(|(_, operator)| json!({ "_id": { (*operator): id } })));
    }
    filters
}

/// Nothing is omitted when a response of the server can't hold all documents.
#[tokio::test]
async fn truncated_pages_continue_without_gaps() {
    let large = |length| "x".repeat(length);
    let most = 16 * 1024 * 1024 - 600;
    let adopted = Adopted::with(&[
        doc! { "_id": oid(OBJECT_IDS[0]), "text": large(5000) },
        doc! { "_id": oid(OBJECT_IDS[2]), "text": large(most) },
        doc! { "_id": "1", "n": 1 },
        doc! { "_id": "6", "text": large(5000) },
        doc! { "_id": "7", "text": large(most) },
    ])
    .await;
    let found = all(&adopted, &DocumentQuery::default(), PageSize::MAX).await;
    let ids: Vec<&str> = found.iter().map(|it| it.id().as_str()).collect();
    assert_eq!(ids, [OBJECT_IDS[0], "1", OBJECT_IDS[2], "6", "7"]);
}

async fn all(adopted: &Adopted, query: &DocumentQuery, size: PageSize) -> Vec<Document> {
    let (mut query, mut found) = (query.clone(), Vec::new());
    loop {
        let page = adopted.store.list(&adopted.tenant, &query, size).await.unwrap();
        assert!(!(page.items.is_empty() && page.more));
        query.after = page.items.last().map(|last| query.sort.position(&last.tree()).unwrap());
        found.extend(page.items);
        if !page.more {
            return found;
        }
    }
}
