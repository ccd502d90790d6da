//! The largest possible document.

use domain::model::{Document, DocumentLimit, ImportMode, Imported, Precondition, Tenant};
use domain::ports::DocumentOutcome;
use serde_json::json;

use super::steps::{Store, all, assert_usage, both};
use crate::fixtures::{batch, document, document_id, event, object};
use crate::trails::event_ids;

/// One case for all operations with it: it has many bytes, and each access takes time.
pub(super) async fn the_largest_document_is_stored(store: Store) {
    for tenant in both(&store).await {
        let of = tenant.organization().as_str();
        let [first, second, third] = ["1", "2", "3"].map(largest);
        store.insert(&tenant, &first, Some(&event("inserted", of))).await.unwrap();
        assert_stored(&store, &tenant, &first).await;
        let known = Precondition::AnyOf(vec![second.tag()]);
        for (next, precondition, id) in
            [(&second, &Precondition::None, "replaced"), (&third, &known, "replaced-known")]
        {
            let recorded = event(id, of);
            let outcome =
                store.replace(&tenant, next, precondition, Some(&recorded)).await.unwrap();
            assert_eq!(outcome, DocumentOutcome::Done, "{id}");
        }
        assert_stored(&store, &tenant, &third).await;
        let last_event = event("deleted", of);
        let (id, anyway) = (third.id(), Precondition::None);
        let outcome = store.delete(&tenant, id, &anyway, Some(&last_event)).await.unwrap();
        assert_eq!(outcome, DocumentOutcome::Done);
        // A batch ends after the line that fills it.
        let small = document("a", json!({ "text": "x".repeat(1000) }));
        let batch = batch("imported", &tenant, ImportMode::Insert, &[small.clone(), first.clone()]);
        let imported = store.import(&tenant, &batch).await.unwrap();
        assert_eq!(imported, [Imported::Inserted; 2]);
        assert_stored(&store, &tenant, &first).await;
        assert_usage(&store, &tenant, &[&small, &first]).await;
        // They do not fit into one response of a server.
        let listed = all(&store, &tenant).await;
        let ids: Vec<&str> = listed.iter().map(|it| it.id().as_str()).collect();
        assert_eq!(ids, ["a", "largest"]);
        let all = ["inserted", "replaced", "replaced-known", "deleted", "imported"];
        assert_eq!(event_ids(store.log(), of).await, all);
    }
}

async fn assert_stored(store: &Store, tenant: &Tenant, document: &Document) {
    let found = store.get(tenant, document.id()).await.unwrap();
    assert!(found.as_ref() == Some(document), "another one than {} is stored", document.id());
}

/// The largest possible document, filled with `digit`.
fn largest(digit: &str) -> Document {
    const ID: &str = "largest";
    // Overhead of the text: length and end of the object; type, name and length of its member.
    let room = DocumentLimit::MAX - 256 - ID.len() - 5 - (2 + "text".len() + 5);
    let of = |length| object(json!({ "text": digit.repeat(length) }));
    assert!(Document::parse(of(room + 1), || document_id(ID)).is_err(), "there is a larger one");
    Document::parse(of(room), || document_id(ID)).unwrap()
}
