use domain::model::{Fingerprint, IdempotencyKey, Precondition, Reservation, StoredResponse};
use domain::ports::{AdminRepo, IdempotencyRepo, OrganizationRepo, StoreError, TenantStore};
use port_contracts::fixtures::{
    active, admin, at, collection, document, organization_id, page_of, renaming, sharer, tenant,
};
use redb::{Key, ReadableTableMetadata, TableDefinition, Value};
use serde_json::json;

use crate::EmbeddedStore;
use crate::tables::{
    ADMIN_EMAILS, ADMINS, IDEMPOTENCY, IDEMPOTENCY_EXPIRIES, ORGANIZATION_ADMINS,
    ORGANIZATION_SLUGS, ORGANIZATIONS, PENDING_ORGANIZATIONS, TENANT_USAGE,
};

#[tokio::test]
async fn removed_organizations_leave_no_entries() {
    let store = EmbeddedStore::in_memory().unwrap();
    let acme = renaming("acme", "Acme", "Acme Two");
    OrganizationRepo::insert(&store, &acme).await.unwrap();
    assert_eq!(count(&store, ORGANIZATION_SLUGS), 2);
    assert_eq!(count(&store, PENDING_ORGANIZATIONS), 1);
    OrganizationRepo::remove(&store, acme.id(), acme.version()).await.unwrap();
    assert_eq!(count(&store, ORGANIZATIONS), 0);
    assert_eq!(count(&store, ORGANIZATION_SLUGS), 0);
    assert_eq!(count(&store, PENDING_ORGANIZATIONS), 0);
}

#[tokio::test]
async fn removed_admins_leave_no_entries() {
    let store = EmbeddedStore::in_memory().unwrap();
    for i in 0..3 {
        let new = admin(&format!("admin-{i}"), "acme", &format!("{i}@example.com"));
        AdminRepo::insert(&store, &new).await.unwrap();
    }
    store.remove_all(&organization_id("acme")).await.unwrap();
    assert_eq!(count(&store, ADMINS), 0);
    assert_eq!(count(&store, ADMIN_EMAILS), 0);
    assert_eq!(count(&store, ORGANIZATION_ADMINS), 0);
}

#[tokio::test]
async fn removed_documents_leave_no_usage() {
    let store = EmbeddedStore::in_memory().unwrap();
    let (own, sharer, note) =
        (tenant("own", "org_old"), sharer("sharer"), document("x", json!({})));
    for tenant in [&own, &sharer] {
        store.create(tenant).await.unwrap();
        TenantStore::insert(&store, tenant, &note, None).await.unwrap();
    }
    assert_eq!(count(&store, TENANT_USAGE), 2);
    store.rename(&own, &collection("org_new")).await.unwrap();
    assert_eq!(count(&store, TENANT_USAGE), 2);
    TenantStore::remove(&store, &tenant("own", "org_new")).await.unwrap();
    assert_eq!(count(&store, TENANT_USAGE), 1);
    store.delete(&sharer, note.id(), &Precondition::None, None).await.unwrap();
    assert_eq!(count(&store, TENANT_USAGE), 0);
}

/// More keys than one transaction of the sweep removes, in every state and some of them reused.
#[tokio::test]
async fn a_sweep_removes_all_expired_records() {
    let store = EmbeddedStore::in_memory().unwrap();
    let answer =
        StoredResponse { status: 201, headers: Vec::new(), body: String::new(), document: None };
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..1500 {
        let (store, answer) = (store.clone(), answer.clone());
        tasks.spawn(async move {
            let key = IdempotencyKey::parse("caller", i.to_string()).unwrap();
            let asked = Fingerprint("asked".to_owned());
            let first = Reservation { key, asked, until: at(10) };
            store.begin(&first, at(0)).await.unwrap();
            match i % 4 {
                0 => store.finish(&first, &answer, at(20)).await.unwrap(),
                1 => store.release(&first).await.unwrap(),
                2 => {
                    let again = Reservation { until: at(25), ..first };
                    drop(store.begin(&again, at(15)).await.unwrap());
                }
                _ => {}
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(count(&store, IDEMPOTENCY), 1125);
    assert_eq!(count(&store, IDEMPOTENCY_EXPIRIES), 1125, "one end for each record");
    IdempotencyRepo::sweep(&store, at(25)).await.unwrap();
    assert_eq!(count(&store, IDEMPOTENCY), 0);
    assert_eq!(count(&store, IDEMPOTENCY_EXPIRIES), 0);
}

#[tokio::test]
async fn collections_of_other_organizations_are_never_claimed() {
    let store = EmbeddedStore::in_memory().unwrap();
    let (owner, other) = (active("owner", "Acme").tenant().unwrap(), tenant("other", "org_acme"));
    store.create(&owner).await.unwrap();
    let refused = store.create(&other).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    TenantStore::remove(&store, &other).await.unwrap();
    let collections = store.collections(None, page_of(10)).await.unwrap();
    assert_eq!(collections.items, [collection("org_acme")]);
}

pub(super) fn count<K: Key, V: Value>(
    store: &EmbeddedStore,
    table: TableDefinition<'static, K, V>,
) -> u64 {
    store.read::<_, StoreError>(|tx| Ok(tx.open_table(table)?.len()?)).unwrap()
}
