use std::sync::Arc;
use std::time::Duration;

use domain::model::{AttemptKey, Claim, DocumentLimit, Naming, Version};
use domain::ports::{
    AdminRepo, AttemptRepo, NamespaceLedger, OrganizationFilter, OrganizationRepo, Requester,
    StoreError, TenantError, TenantStore, WriteError,
};
use domain::service::{
    AuditRules, PlacementRules, RateLimits, Recovered, Scope, Services, Settings, Signup, Swept,
};
use port_contracts::fakes::{self, SettableClock};
use port_contracts::fixtures::{
    LIFETIMES, STEP_UP, active, admin, at, client, collection, document, document_id,
    organization_id, page_of, provisioning, tenant,
};
use serde_json::{Value, json};

use crate::EmbeddedStore;
use crate::tables::{ADMINS, LOGIN_ATTEMPTS, ORGANIZATIONS, Records, documents};

#[tokio::test]
async fn corrupt_records_are_named_and_not_quoted() {
    let store = EmbeddedStore::in_memory().unwrap();
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    break_record(&store, ORGANIZATIONS, "acme").await;
    let id = organization.id();
    is_corrupt(OrganizationRepo::get(&store, id).await, "organizations", "acme");
    is_corrupt(store.find_by_slug(organization.slug()).await, "organizations", "acme");
    let all = OrganizationFilter::default();
    let page = OrganizationRepo::list(&store, &all, None, page_of(1)).await;
    is_corrupt(page, "organizations", "acme");
    match OrganizationRepo::replace(&store, &organization, organization.version(), &[]).await {
        Err(WriteError::Store(error)) => is_corrupt::<()>(Err(error), "organizations", "acme"),
        other => panic!("{other:?}"),
    }

    AdminRepo::insert(&store, &admin("ada", "acme", "ada@example.com")).await.unwrap();
    break_record(&store, ADMINS, "ada").await;
    let ada = admin("ada", "acme", "ada@example.com");
    is_corrupt(AdminRepo::get(&store, ada.id()).await, "admins", "ada");
    is_corrupt(store.find_by_email(&ada.email().key()).await, "admins", "ada");
    store.remove_all(id).await.unwrap();
    assert!(AdminRepo::get(&store, ada.id()).await.unwrap().is_none(), "it can be removed");
}

#[tokio::test]
async fn skipped_records_are_not_read() {
    let store = EmbeddedStore::in_memory().unwrap();
    for (id, name) in [("a", "A"), ("b", "B"), ("c", "C")] {
        OrganizationRepo::insert(&store, &active(id, name)).await.unwrap();
    }
    break_record(&store, ORGANIZATIONS, "a").await;
    is_corrupt(
        store.list_public(&Requester::Installation, None, 0, page_of(1)).await,
        "organizations",
        "a",
    );
    let rest = store.list_public(&Requester::Installation, None, 1, page_of(10)).await.unwrap();
    assert_eq!(rest.items, [active("b", "B"), active("c", "C")]);
}

#[tokio::test]
async fn corrupt_attempt_records_are_named_and_not_quoted() {
    let store = EmbeddedStore::in_memory().unwrap();
    let key = AttemptKey::address(client("192.0.2.1"));
    store.succeed(&key, at(1)).await.unwrap();
    break_record(&store, LOGIN_ATTEMPTS, key.as_str()).await;
    let known = AttemptRepo::get(&store, std::slice::from_ref(&key)).await;
    is_corrupt(known, "login_attempts", key.as_str());
    let failed = store.fail(&key, at(0), Duration::from_secs(60)).await;
    is_corrupt(failed, "login_attempts", key.as_str());
}

#[tokio::test]
async fn corrupt_documents_are_named_and_not_quoted() {
    let store = EmbeddedStore::in_memory().unwrap();
    let acme = tenant("acme", "org_acme");
    store.create(&acme).await.unwrap();
    TenantStore::insert(&store, &acme, &document("a", json!({})), None).await.unwrap();
    break_record(&store, documents("documents/org_acme"), "a").await;
    match TenantStore::get(&store, &acme, &document_id("a")).await {
        Err(TenantError::Store(error)) => is_corrupt::<()>(Err(error), "documents", "a"),
        other => panic!("{other:?}"),
    }
}

/// Numbers that a parser without exact IEEE 754 rounding changes.
#[tokio::test]
async fn document_numbers_survive_a_round_trip() {
    let store = EmbeddedStore::in_memory().unwrap();
    let acme = tenant("acme", "org_acme");
    store.create(&acme).await.unwrap();
    // A fixed sequence of bits (a linear congruential generator) instead of all numbers.
    let bits = std::iter::successors(Some(1_u64), |bits| {
        Some(bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    });
    let numbers: Vec<Value> = bits.map(f64::from_bits).take(2000).map(Value::from).collect();
    let stored = document("numbers", json!({ "numbers": numbers }));
    TenantStore::insert(&store, &acme, &stored, None).await.unwrap();
    let read = TenantStore::get(&store, &acme, stored.id()).await.unwrap().unwrap();
    assert_eq!(read, stored);
}

#[tokio::test]
async fn the_doctor_reports_corrupt_records_and_examines_the_rest() {
    let store = EmbeddedStore::in_memory().unwrap();
    let claim = Claim { organization: organization_id("broken"), begun: Version::FIRST };
    store.claim(&collection("org_broken"), &claim).await.unwrap();
    store.create(&tenant("broken", "org_broken")).await.unwrap();
    for (id, name) in [("a", "A"), ("broken", "Broken"), ("c", "C")] {
        let owner = admin(&format!("{id}-owner"), id, &format!("{id}@example.com"));
        AdminRepo::insert(&store, &owner).await.unwrap();
        OrganizationRepo::insert(&store, &active(id, name)).await.unwrap();
    }
    let lost = admin("lost", "never", "lost@example.com");
    AdminRepo::insert(&store, &lost).await.unwrap();
    break_record(&store, ORGANIZATIONS, "broken").await;
    break_record(&store, ADMINS, "c-owner").await;
    let doctor = services(store).doctor;
    let findings = doctor.examine().await.unwrap();
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    let expected = [
        "organization a: its collection org_a is missing or another one",
        "record broken of organizations is corrupt at column 11: not what it should be",
        "organization c: its collection org_c is missing or another one",
        "record c-owner of admins is corrupt at column 11: not what it should be",
        "admins of organization never, which does not exist: lost",
    ];
    assert_eq!(lines, expected);
    let left = doctor.repair(&findings[1]).await.unwrap_err();
    assert_eq!(left.to_string(), "it has to be mended by hand");
    assert_eq!(doctor.sweep().await.unwrap(), Swept::default());
}

/// Replaces a record with text that an error of serde would quote.
async fn break_record(store: &EmbeddedStore, table: Records<'static>, id: &str) {
    let id = id.to_owned();
    let write = store.write::<(), StoreError>(move |tx| {
        tx.open_table(table)?.insert(id.as_str(), br#""a secret!""#.as_slice())?;
        Ok(())
    });
    write.await.unwrap();
}

pub(super) fn is_corrupt<T: std::fmt::Debug>(
    result: Result<T, StoreError>,
    table: &str,
    key: &str,
) {
    match result {
        Err(StoreError::Corrupt { collection, id, field }) => {
            assert_eq!((collection, id.as_str()), (table, key));
            assert!(!field.is_empty() && !field.contains("secret"), "{field}");
        }
        other => panic!("{other:?}"),
    }
}

/// The operator has to repair a broken record; the others must not wait for that.
#[tokio::test]
async fn a_corrupt_pending_record_does_not_block_recovery() {
    let store = EmbeddedStore::in_memory().unwrap();
    for (id, name) in [("broken", "Acme"), ("fine", "Beta")] {
        OrganizationRepo::insert(&store, &provisioning(id, name)).await.unwrap();
    }
    break_record(&store, ORGANIZATIONS, "broken").await;
    let recovered = services(store).lifecycle.recover(Scope::All).await.unwrap();
    assert_eq!(recovered, Recovered { finished: 1, unfinished: 1 });
}

fn services(store: EmbeddedStore) -> Services {
    let ports = fakes::ports(Arc::new(store), Arc::new(SettableClock::default()));
    let settings = Settings {
        signup: Signup::Open,
        naming: Naming::Slug,
        placement: PlacementRules::default(),
        token_lifetimes: LIFETIMES,
        step_up: Some(STEP_UP),
        token_audiences: Vec::new(),
        operator: None,
        limits: RateLimits::default(),
        document_limit: DocumentLimit::default(),
        audit: AuditRules::default(),
    };
    Services::new(ports, settings)
}
