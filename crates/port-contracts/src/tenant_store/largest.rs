//! The largest document there may be.

use domain::model::{Document, DocumentLimit, ImportMode, Imported, Precondition};
use domain::ports::DocumentOutcome;
use serde_json::json;

use super::{Store, all, assert_usage, both};
use crate::fixtures::{batch, document, document_id, event, object};
use crate::trails::told;

/// One case for all that is done with documents: it moves many bytes.
pub(super) async fn the_largest_document_is_kept(store: Store) {
    for tenant in both(&store).await {
        let of = tenant.organization().as_str();
        let [first, second, third] = ["1", "2", "3"].map(largest);
        store.insert(&tenant, &first, Some(&event("inserted", of))).await.unwrap();
        assert!(store.get(&tenant, first.id()).await.unwrap().as_ref() == Some(&first));
        let known = Precondition::AnyOf(vec![second.tag()]);
        for (next, precondition) in [(&second, &Precondition::None), (&third, &known)] {
            let event = event(&format!("replaced-{}", precondition == &known), of);
            let outcome = store.replace(&tenant, next, precondition, Some(&event)).await.unwrap();
            assert_eq!(outcome, DocumentOutcome::Done);
            assert!(store.get(&tenant, next.id()).await.unwrap().as_ref() == Some(next));
        }
        assert_usage(&store, &tenant, &[&third]).await;
        let known = Precondition::AnyOf(vec![third.tag()]);
        let event = event("deleted", of);
        let outcome = store.delete(&tenant, third.id(), &known, Some(&event)).await.unwrap();
        assert_eq!(outcome, DocumentOutcome::Done);
        for (large, mode, expected) in [
            (&first, ImportMode::Insert, Imported::Inserted),
            (&second, ImportMode::Upsert, Imported::Replaced),
            (&third, ImportMode::Skip, Imported::Skipped),
        ] {
            // A batch ends after the line that fills it.
            let small = document(mode.as_str(), json!({}));
            let batch = batch(mode.as_str(), &tenant, mode, &[small, large.clone()]);
            let imported = store.import(&tenant, &batch).await.unwrap();
            assert_eq!(imported, [Imported::Inserted, expected]);
        }
        assert!(store.get(&tenant, second.id()).await.unwrap().as_ref() == Some(&second));
        let [insert, skip, upsert] = ["insert", "skip", "upsert"].map(|id| document(id, json!({})));
        let stored = all(&store, &tenant).await;
        assert!(
            stored.iter().eq([&insert, &second, &skip, &upsert]),
            "{} are stored",
            stored.len()
        );
        let changes = ["inserted", "replaced-false", "replaced-true", "deleted"];
        let batches = ["insert", "upsert", "skip"];
        assert_eq!(told(store.log(), of).await, [&changes[..], &batches].concat());
    }
}

/// As large as a document can be, full of `digit`.
fn largest(digit: &str) -> Document {
    const ID: &str = "largest";
    // Around the text: the length and the end of the object, and of its member the type, the name and the length.
    let room = DocumentLimit::MAX - 256 - ID.len() - 5 - (2 + "text".len() + 5);
    let of = |length| object(json!({ "text": digit.repeat(length) }));
    assert!(Document::parse(of(room + 1), || document_id(ID)).is_err(), "there is a larger one");
    Document::parse(of(room), || document_id(ID)).unwrap()
}
