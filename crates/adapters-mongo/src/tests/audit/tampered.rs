//! Manipulations of the log.

use bson::{DateTime, Document, doc};
use domain::model::{Action, EventFilter, Seq};
use domain::ports::{AdminRepo, AuditLog, OrganizationRepo, StoreError};
use local_mongod::TestDatabase;
use port_contracts::fixtures::{active, admin, event, marked, page_of};
use serde_json::json;

use super::{chain, events, listed, log_of, trail};
use crate::json::to_document;
use crate::tests::{new_store, open};

#[tokio::test]
async fn tampered_events_are_listed_as_stored() {
    for change in [
        doc! { "$set": { "seq": "2", "at": DateTime::from_millis(0) } },
        doc! { "$set": { "organization_id": "other", "more": { "than": ["was", 1.5] } } },
        doc! { "$unset": { "id": 1, "seq": 1, "hash": 1, "action": 1, "actor": 1 } },
        doc! { "$set": { "id": 7_i64, "action": { "odd": true }, "target": null } },
    ] {
        let (store, database) = new_store().await;
        store.append(&events("acme", 1..=3)).await.unwrap();
        let log = log_of(&database);
        log.update_one(doc! { "trail": "acme", "place": 2 }, change.clone()).await.unwrap();
        let events = listed(&store, "acme", 0).await;
        assert_eq!(events.len(), 3, "{change}");
        assert!(events[0].is_unchanged() && !events[1].is_unchanged(), "{change}");
        assert_eq!(events[2].seq(), Some(Seq::new(3)));
        let mut stored = log.find_one(doc! { "place": 2 }).await.unwrap().unwrap();
        for field in ["_id", "trail", "place"] {
            stored.remove(field);
        }
        let members: Vec<&String> = events[1].members().keys().collect();
        assert_eq!(members, stored.keys().collect::<Vec<_>>(), "{change}");
        // It does not prevent others from being found.
        let filter = EventFilter {
            action: Some(Action::OrganizationUpdated),
            actor: Some("operator".to_owned()),
            ..EventFilter::default()
        };
        AuditLog::list(&store, &trail("acme"), &filter, Seq::START, page_of(9)).await.unwrap();
    }
}

#[tokio::test]
async fn foreign_bson_types_in_events_are_listed_as_json() {
    let (store, database) = new_store().await;
    store.append(&events("acme", ["1"])).await.unwrap();
    let change = doc! { "$set": { "at": DateTime::from_millis(1), "seq": 1.5 } };
    log_of(&database).update_one(doc! {}, change).await.unwrap();
    let members = listed(&store, "acme", 0).await[0].members().clone();
    assert_eq!(members["at"], json!("1970-01-01T00:00:00.001Z"));
    assert_eq!(members["seq"], json!(1.5));
}

/// The failure of one trail does not affect others.
#[tokio::test]
async fn a_corrupt_trail_does_not_block_other_trails() {
    let (store, database) = new_store().await;
    for (id, name) in [("acme", "Acme"), ("beta", "Beta")] {
        let organization = active(id, name);
        OrganizationRepo::insert(&store, &organization).await.unwrap();
        store.append(&events(id, ["1"])).await.unwrap();
        let (next, event) = (marked(&organization, 1), event("2", id));
        OrganizationRepo::replace(&store, &next, organization.version(), &[event]).await.unwrap();
    }
    corrupt_last_event(&database, "acme").await;
    let store = open(&database).await.unwrap();
    store.flush_outbox(None).await.unwrap();
    assert_eq!(chain(&store, "beta").await, ["1", "2"]);
    is_corrupt(store.flush_outbox(Some(&trail("acme"))).await);
    is_corrupt(store.append(&[event("3", "acme"), event("3", "beta")]).await);
    assert_eq!(chain(&store, "beta").await, ["1", "2", "3"]);
    assert_eq!(listed(&store, "acme", 0).await.len(), 1);
    is_corrupt(store.head(&trail("acme")).await);
    let ends = store.heads(None, page_of(9)).await.unwrap();
    assert_eq!(ends.items.len(), 1, "of what can be signed");
}

#[tokio::test]
async fn an_outbox_adds_no_event_to_the_trail_of_another_organization() {
    let (store, database) = new_store().await;
    OrganizationRepo::insert(&store, &active("acme", "Acme")).await.unwrap();
    AdminRepo::insert(&store, &admin("ada", "acme", "ada@example.com")).await.unwrap();
    let foreign = json!(event("1", "beta"));
    let foreign = to_document(foreign.as_object().unwrap()).unwrap();
    for records in ["organizations", "admins"] {
        let records = database.database().collection::<Document>(records);
        let planted = doc! { "$set": { "outbox": [foreign.clone()] } };
        records.update_one(doc! {}, planted).await.unwrap();
    }
    store.flush_outbox(None).await.unwrap();
    assert!(store.flush_outbox(Some(&trail("acme"))).await.is_err());
    assert!(listed(&store, "beta", 0).await.is_empty());
}

/// There may be more trails than one command reads, and longer ones.
#[tokio::test]
async fn chain_heads_are_listed_beyond_one_window() {
    let (store, _database) = new_store().await;
    let mut all = events("long", 0..4500);
    all.extend((0..50).map(|i| event("1", &format!("m-{i:02}"))));
    all.extend(events("z", ["1"]));
    store.append(&all).await.unwrap();
    let (mut after, mut found) = (None, Vec::new());
    loop {
        let page = store.heads(after.as_ref(), page_of(20)).await.unwrap();
        after = page.items.last().map(|head| head.trail.clone());
        found.extend(page.items);
        if !page.more {
            break;
        }
    }
    assert_eq!(found.len(), 52);
    assert_eq!(found[0].seq, Seq::new(4500));
    assert!(found.is_sorted_by_key(|head| head.trail.key().to_owned()));
    store.truncate(&trail("long"), Seq::new(4400)).await.unwrap();
    let left = listed(&store, "long", 0).await;
    assert_eq!((left.len(), left[0].seq()), (100, Some(Seq::new(4401))));
}

/// The server skips from trail to trail in the index, and reads no other event.
#[tokio::test]
async fn listing_chain_heads_reads_no_other_events() {
    let (store, database) = new_store().await;
    for organization in ["a", "b", "c"] {
        store.append(&events(organization, 0..50)).await.unwrap();
    }
    let pipeline = vec![
        doc! { "$match": { "trail": { "$gte": "" } } },
        doc! { "$sort": { "trail": -1, "place": -1 } },
        doc! { "$group": { "_id": "$trail", "last": { "$first": "$$ROOT" } } },
    ];
    let aggregate = doc! { "aggregate": "audit_events", "pipeline": pipeline, "cursor": {} };
    let explain = doc! { "explain": aggregate, "verbosity": "executionStats" };
    let explained = database.database().run_command(explain).await.unwrap();
    assert!(explained.to_string().contains("DISTINCT_SCAN"), "{explained}");
}

async fn corrupt_last_event(database: &TestDatabase, organization: &str) {
    let log = log_of(database);
    let broken = doc! { "$set": { "hash": "none" } };
    let updated = log.update_one(doc! { "trail": organization }, broken).await.unwrap();
    assert_eq!(updated.modified_count, 1);
}

fn is_corrupt<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(
        matches!(result, Err(StoreError::Corrupt { collection: "audit_events", .. })),
        "{result:?}"
    );
}
