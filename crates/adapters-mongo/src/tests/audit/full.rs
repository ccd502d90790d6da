//! Full outboxes, and indexes that keep the search for outboxes cheap.

use bson::{Bson, Document, doc};
use domain::model::Organization;
use domain::ports::{AdminRepo, AuditLog, OrganizationRepo, WriteError};
use local_mongod::TestDatabase;
use port_contracts::fixtures::{active, admin, at, event, marked, session};

use super::{chain, events, log_of, trail};
use crate::MongoStore;
use crate::tests::new_store;

#[tokio::test]
async fn a_write_flushes_a_full_outbox_first() {
    let (store, database) = new_store().await;
    let acme = organization_with_full_outbox(&store, &database).await;
    let event = event("last", "acme");
    let (next, version) = (marked(&acme, 1), acme.version());
    OrganizationRepo::replace(&store, &next, version, std::slice::from_ref(&event)).await.unwrap();
    let mut expected: Vec<String> = (0..1000).map(|i| i.to_string()).collect();
    assert_eq!(chain(&store, "acme").await, expected);
    expected.push("last".to_owned());
    store.flush_outbox(None).await.unwrap();
    assert_eq!(chain(&store, "acme").await, expected);
}

#[tokio::test]
async fn a_full_outbox_that_can_not_be_flushed_refuses_events() {
    let (store, database) = new_store().await;
    store.append(&events("acme", ["first"])).await.unwrap();
    let acme = organization_with_full_outbox(&store, &database).await;
    let broken = doc! { "$set": { "hash": "none" } };
    log_of(&database).update_one(doc! {}, broken).await.unwrap();
    // A cached chain head would suffice, and is not under test.
    let store = crate::tests::open(&database).await.unwrap();
    let (next, version) = (marked(&acme, 1), acme.version());
    let event = event("last", "acme");
    let refused =
        OrganizationRepo::replace(&store, &next, version, std::slice::from_ref(&event)).await;
    assert!(matches!(refused, Err(WriteError::Store(_))), "{refused:?}");
    OrganizationRepo::replace(&store, &next, version, &[]).await.unwrap();
    let removed = OrganizationRepo::remove(&store, acme.id(), next.version()).await;
    assert!(matches!(removed, Err(WriteError::Store(_))), "{removed:?}");
    assert_eq!(outbox_len(&database).await, 1000, "nothing is lost");
}

/// More organizations than a round of a flush reads, with admins that it reads in another order.
#[tokio::test]
async fn events_of_admins_follow_the_creation_of_their_organizations() {
    let (store, _database) = new_store().await;
    let all: Vec<String> = (100..230).map(|i| i.to_string()).collect();
    for id in all.iter().rev() {
        let organization = active(id, &format!("acme_{id}"));
        OrganizationRepo::insert(&store, &organization).await.unwrap();
        let (next, created) = (marked(&organization, 1), event(&format!("created-{id}"), id));
        OrganizationRepo::replace(&store, &next, organization.version(), &[created]).await.unwrap();
        let ada = admin(id, id, &format!("{id}@example.com"));
        AdminRepo::insert(&store, &ada).await.unwrap();
        let login = event(&format!("login-{id}"), id);
        let next = ada.logged_in(None, &session(id), at(1));
        AdminRepo::replace(&store, &next, ada.version(), &[login]).await.unwrap();
    }
    store.flush_outbox(None).await.unwrap();
    for id in &all {
        assert_eq!(chain(&store, id).await, [format!("created-{id}"), format!("login-{id}")]);
    }
}

/// The search for nonempty outboxes costs nothing while there are none.
#[tokio::test]
async fn searching_for_empty_outboxes_examines_no_records() {
    let (store, database) = new_store().await;
    let acme = active("acme", "Acme");
    let ada = admin("ada", "acme", "ada@example.com");
    OrganizationRepo::insert(&store, &acme).await.unwrap();
    AdminRepo::insert(&store, &ada).await.unwrap();
    store.flush_outbox(None).await.unwrap();
    store.flush_outbox(Some(&trail("acme"))).await.unwrap();
    for records in ["organizations", "admins"] {
        let documents = database.database().collection::<Document>(records);
        let of_index = [doc! { "$indexStats": {} }, doc! { "$match": { "name": "outbox" } }];
        let mut found = documents.aggregate(of_index).await.unwrap();
        assert!(found.advance().await.unwrap());
        let uses = found.current().get_document("accesses").unwrap().get_i64("ops").unwrap();
        assert_ne!(uses, 0, "{records}");
        let find =
            doc! { "find": records, "filter": { "outbox": { "$exists": true } }, "hint": "outbox" };
        let explain = doc! { "explain": find, "verbosity": "executionStats" };
        let explained = database.database().run_command(explain).await.unwrap();
        let stats = explained.get_document("executionStats").unwrap();
        assert_eq!(stats.get_i32("totalKeysExamined").unwrap(), 0, "{records}: nothing waits");
    }
}

/// An organization with a thousand events in its outbox.
async fn organization_with_full_outbox(
    store: &MongoStore,
    database: &TestDatabase,
) -> Organization {
    let acme = active("acme", "Acme");
    OrganizationRepo::insert(store, &acme).await.unwrap();
    let outbox: Vec<Document> = events("acme", 0..1000)
        .iter()
        .map(|event| bson::serialize_to_document(event).unwrap())
        .collect();
    let records = database.database().collection::<Document>("organizations");
    records.update_one(doc! {}, doc! { "$set": { "outbox": outbox } }).await.unwrap();
    acme
}

async fn outbox_len(database: &TestDatabase) -> usize {
    let records = database.database().collection::<Document>("organizations");
    let record = records.find_one(doc! {}).await.unwrap().unwrap();
    record.get("outbox").and_then(Bson::as_array).map_or(0, Vec::len)
}
