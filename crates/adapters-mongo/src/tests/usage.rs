//! Tests of the usage records that are specific to this store.

use std::time::Instant;

use bson::{Document as Fields, doc};
use domain::model::{Document, ImportMode, Imported, Placement, Precondition, Tenant, Usage};
use domain::ports::{OrganizationRepo, TenantError, TenantStore};
use local_mongod::TestDatabase;
use port_contracts::fixtures::{
    active, batch, collection, deleting, document, limited, organization_id, sharer, tenant,
    tenant_at,
};
use serde_json::json;
use tokio::task::JoinSet;

use super::new_store;
use crate::MongoStore;
use crate::elections::PrimaryTerm;
use crate::tenant_store::UsageDelta;

/// As an older version left it.
#[tokio::test]
async fn uncounted_documents_are_counted_before_the_first_write() {
    let (store, database) = new_store().await;
    for tenant in both(&store).await {
        let [x, y, z] = ["x", "y", "z"].map(|id| document(id, json!({ "id": id })));
        for document in [&x, &y] {
            insert(&store, &tenant, document).await.unwrap();
        }
        forget_records(&database).await;
        let store = store.with_cold_caches();
        store.delete(&tenant, x.id(), &Precondition::None, None).await.unwrap();
        assert_eq!(store.usage(&tenant).await.unwrap(), Usage::of(&y));
        forget_records(&database).await;
        let full = limited(&tenant, 1, 0);
        let refused = insert(&store.with_cold_caches(), &full, &z).await;
        assert!(matches!(refused, Err(TenantError::Full(_))), "{refused:?}");
        forget_records(&database).await;
        assert_eq!(store.with_cold_caches().usage(&tenant).await.unwrap(), Usage::of(&y));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_initial_counts_agree() {
    let (store, database) = new_store().await;
    for tenant in both(&store).await {
        let of = |n: usize| document(&format!("{n:02}"), json!({ "n": n }));
        for n in 0..8 {
            insert(&store, &tenant, &of(n)).await.unwrap();
        }
        forget_records(&database).await;
        let mut processes = JoinSet::new();
        for n in 0..8 {
            let (store, tenant) = (store.with_cold_caches(), tenant.clone());
            processes.spawn(async move {
                let old = of(n);
                let any = Precondition::None;
                TenantStore::delete(&store, &tenant, old.id(), &any, None).await.unwrap();
                insert(&store, &tenant, &of(n + 8)).await.unwrap();
            });
        }
        processes.join_all().await;
        let expected = (8..16).map(|n| Usage::of(&of(n))).fold(Usage::default(), Usage::plus);
        assert_eq!(store.usage(&tenant).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn no_usage_record_is_created_for_a_deleting_organization() {
    let (store, database) = new_store().await;
    let own = both(&store).await[0].clone();
    OrganizationRepo::insert(&store, &deleting("a", "Acme")).await.unwrap();
    let late = insert(&store, &own, &document("x", json!({}))).await;
    assert!(matches!(late, Err(TenantError::Moved)), "{late:?}");
    let records = database.database().collection::<Fields>("tenant_usage");
    assert_eq!(records.count_documents(doc! {}).await.unwrap(), 0);
}

/// The documents left elsewhere are removed, and those in place are still counted.
#[tokio::test]
async fn removing_documents_of_a_former_placement_keeps_the_usage_record() {
    let (store, _database) = new_store().await;
    let (x, y) = (document("x", json!({})), document("y", json!({"n": 1})));
    let living = active("a", "Acme");
    let present = living.tenant().unwrap();
    let present = tenant_at(living.id(), store.create(&present).await.unwrap());
    OrganizationRepo::insert(&store, &living).await.unwrap();
    insert(&store, &present, &x).await.unwrap();
    let stray = tenant_at(living.id(), store.create(&tenant("a", "org_stray")).await.unwrap());
    insert(&store, &stray, &y).await.unwrap();
    let both = Usage::of(&x).plus(Usage::of(&y));
    assert_eq!(store.usage(&present).await.unwrap(), both);
    for _ in 0..2 {
        TenantStore::remove(&store, &stray).await.unwrap();
        assert_eq!(store.usage(&present).await.unwrap(), Usage::of(&x));
    }
}

#[tokio::test]
async fn reservations_of_dropped_callers_are_released() {
    let (store, database) = new_store().await;
    let (tenant, x) = (sharer("a"), document("x", json!({})));
    insert(&store, &tenant, &x).await.unwrap();
    let document = document("gone", json!({}));
    let mut gone = Box::pin(insert(&store, &tenant, &document));
    // It has reserved its growth when it first waits.
    let first = std::future::poll_fn(|context| std::task::Poll::Ready(gone.as_mut().poll(context)));
    assert!(first.await.is_pending());
    drop(gone);
    let deadline = Instant::now() + std::time::Duration::from_secs(30);
    let records = database.database().collection::<Fields>("tenant_usage");
    // One document, another one, and the release of the latter.
    while records.find_one(doc! { "changes": 3_i64 }).await.unwrap().is_none() {
        assert!(Instant::now() < deadline, "waited in vain");
        tokio::task::yield_now().await;
    }
    assert_eq!(store.usage(&tenant).await.unwrap(), Usage::of(&x));
}

/// The reservation may be lost in the election, and the stored document has to be counted.
#[tokio::test]
async fn reservations_are_repeated_after_an_election() {
    let (store, _database) = new_store().await;
    let (tenant, x) = (sharer("a"), document("x", json!({})));
    insert(&store, &tenant, &x).await.unwrap();
    let growth = UsageDelta::of(Usage::of_size(9));
    for elected in [false, true] {
        let present = store.reserve(&tenant, growth).await.unwrap();
        let term = if elected { PrimaryTerm::ended() } else { present };
        let before = store.usage(&tenant).await.unwrap();
        store.finish_reservation(&tenant, (term, growth), Some(growth)).await;
        let again = if elected { Usage::of_size(9) } else { Usage::default() };
        assert_eq!(store.usage(&tenant).await.unwrap(), before.plus(again));
    }
}

/// A rename may fall into the middle of a command.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_concurrent_with_a_rename_reports_no_duplicates() {
    let (store, _database) = new_store().await;
    let mut tenant = own(&store).await;
    for round in 0..20 {
        let documents: Vec<Document> =
            (0..500).map(|n| document(&format!("{round}-{n}"), json!({ "n": n }))).collect();
        let to = collection(&format!("org_{round}"));
        let importing = {
            let (store, tenant) = (store.clone(), tenant.clone());
            tokio::spawn(async move {
                let batch = batch("batch", &tenant, ImportMode::Insert, &documents);
                (store.import(&tenant, &batch).await, batch)
            })
        };
        let renamed = store.rename(&tenant, &to).await.unwrap();
        tenant = tenant_at(tenant.organization(), renamed);
        let (imported, batch) = importing.await.unwrap();
        let imported = match imported {
            Err(TenantError::Moved) => store.import(&tenant, &batch).await.unwrap(),
            other => other.unwrap(),
        };
        assert_eq!(imported, [Imported::Inserted; 500], "round {round}");
        assert_eq!(store.usage(&tenant).await.unwrap().documents, 500 * (round + 1));
    }
}

async fn own(store: &MongoStore) -> Tenant {
    let placement = store.create(&tenant("a", "org_a")).await.unwrap();
    tenant_at(&organization_id("a"), placement)
}

/// A tenant with a dedicated collection and one in the shared collection.
async fn both(store: &MongoStore) -> [Tenant; 2] {
    [own(store).await, tenant_at(&organization_id("b"), Placement::Shared)]
}

async fn insert(
    store: &MongoStore,
    tenant: &Tenant,
    document: &Document,
) -> Result<(), TenantError> {
    TenantStore::insert(store, tenant, document, None).await
}

async fn forget_records(database: &TestDatabase) {
    let records = database.database().collection::<Fields>("tenant_usage");
    records.delete_many(doc! {}).await.unwrap();
}
