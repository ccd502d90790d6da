//! Servers before 6.0, on which no command can carry a collection's uuid: a late write by name
//! recreates a collection that was renamed. These tests hide that ability of the server from the
//! store.

use bson::{Document as Fields, doc};
use domain::model::{Document, Tenant};
use domain::ports::{TenantError, TenantStore};
use local_mongod::TestDatabase;
use mongodb::Database;
use port_contracts::fixtures::{collection, document, page_of, tenant, tenant_at};
use serde_json::json;
use tokio::task::JoinSet;

use super::open;
use crate::MongoStore;

mod contracts {
    port_contracts::tenant_store!(guarded super::unfenced());
}

#[tokio::test]
async fn a_rename_moves_documents_written_by_name_meanwhile() {
    let (store, database) = unfenced().await;
    let old = create_tenant(&store).await;
    insert(&store, &old, "before").await;
    rename_behind(database.database(), "org_old", "org_new").await;
    write_behind(database.database(), "org_old", "during").await;
    let new = rename(&store, &old).await;
    assert_eq!(ids(&store, &new).await, ["before", "during"]);
    assert_eq!(names(&store).await, ["org_new"]);
}

#[tokio::test]
async fn a_repeated_rename_moves_documents_written_by_name_after_it() {
    let (store, database) = unfenced().await;
    let old = create_tenant(&store).await;
    insert(&store, &old, "before").await;
    let new = rename(&store, &old).await;
    write_behind(database.database(), "org_old", "after").await;
    assert_eq!(ids(&store, &new).await, ["before"]);
    assert_eq!(rename(&store, &old).await, new);
    assert_eq!(ids(&store, &new).await, ["after", "before"]);
    assert_eq!(names(&store).await, ["org_new"]);
}

/// Both the handle and a lookup know the collection by its uuid.
#[tokio::test]
async fn late_writes_do_not_go_to_an_orphaned_collection() {
    let (store, database) = unfenced().await;
    let old = create_tenant(&store).await;
    rename(&store, &old).await;
    write_behind(database.database(), "org_old", "stray").await;
    let late = TenantStore::insert(&store, &old, &document("late", json!({})), None).await;
    assert!(matches!(late, Err(TenantError::Moved)), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_repeated_rename_loses_no_acknowledged_write() {
    for round in 0..10 {
        let (store, _database) = unfenced().await;
        let old = create_tenant(&store).await;
        let mut writers = JoinSet::new();
        for writer in 0..4 {
            writers.spawn(write_until_it_moves(store.clone(), old.clone(), writer));
        }
        rename(&store, &old).await;
        let mut acknowledged: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
        acknowledged.sort();
        let new = rename(&store, &old).await;
        assert_eq!(ids(&store, &new).await, acknowledged, "round {round}");
        assert_eq!(names(&store).await, ["org_new"]);
    }
}

/// A store that treats its server as an old one.
async fn unfenced() -> (MongoStore, TestDatabase) {
    let database = TestDatabase::reused().await.unwrap();
    let mut store = open(&database).await.unwrap();
    store.features.checks_uuids = false;
    (store, database)
}

async fn create_tenant(store: &MongoStore) -> Tenant {
    let old = tenant("a", "org_old");
    tenant_at(old.organization(), store.create(&old).await.unwrap())
}

async fn rename(store: &MongoStore, old: &Tenant) -> Tenant {
    let placement = store.rename(old, &collection("org_new")).await.unwrap();
    tenant_at(old.organization(), placement)
}

async fn insert(store: &MongoStore, at: &Tenant, id: &str) {
    TenantStore::insert(store, at, &document(id, json!({})), None).await.unwrap();
}

/// The ids of acknowledged writes, up to the first refusal.
async fn write_until_it_moves(store: MongoStore, old: Tenant, writer: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for n in 0..20 {
        let id = format!("{writer}-{n:02}");
        match TenantStore::insert(&store, &old, &document(&id, json!({})), None).await {
            Ok(()) => acknowledged.push(id),
            Err(TenantError::Moved) => break,
            Err(error) => panic!("{error:?}"),
        }
    }
    acknowledged
}

/// Renames a collection behind the store's back.
async fn rename_behind(database: &Database, from: &str, to: &str) {
    let name = database.name();
    let rename =
        doc! { "renameCollection": format!("{name}.{from}"), "to": format!("{name}.{to}") };
    database.client().database("admin").run_command(rename).await.unwrap();
}

/// Writes like a late request on an old server.
async fn write_behind(database: &Database, collection: &str, id: &str) {
    database.collection::<Fields>(collection).insert_one(doc! { "_id": id }).await.unwrap();
}

async fn ids(store: &MongoStore, at: &Tenant) -> Vec<String> {
    let page = TenantStore::list(store, at, &domain::model::DocumentQuery::default(), page_of(100))
        .await
        .unwrap();
    page.items.iter().map(Document::id).map(ToString::to_string).collect()
}

async fn names(store: &MongoStore) -> Vec<String> {
    let page = store.collections(None, page_of(9)).await.unwrap();
    page.items.into_iter().map(String::from).collect()
}
