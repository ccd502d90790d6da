use std::time::Duration;

use bson::{Document, doc};
use domain::model::{
    AttemptKey, Claim, Fingerprint, IdempotencyKey, KeyId, Reservation, SigningKey, Version,
};
use domain::ports::{
    AdminRepo, AttemptRepo, IdempotencyRepo, KeyPurpose, NamespaceLedger, OrganizationFilter,
    OrganizationRepo, Requester, SigningKeyRepo, StoreError, WriteError,
};
use local_mongod::TestDatabase;
use port_contracts::fixtures::{
    active, admin, at, client, collection, organization_id, page_of, provisioning,
};

use super::new_store;

#[tokio::test]
async fn corrupt_organizations_are_named_and_not_quoted() {
    let (store, database) = new_store().await;
    let organization = active("acme", "Acme");
    OrganizationRepo::insert(&store, &organization).await.unwrap();
    break_record(&database, "organizations", "acme", doc! { "version": "secret" }).await;
    let expected = ("organizations", "acme", "version: not what it should be");
    is_corrupt(OrganizationRepo::get(&store, organization.id()).await, expected);
    is_corrupt(store.find_by_slug(organization.slug()).await, expected);
    let all = OrganizationFilter::default();
    is_corrupt(OrganizationRepo::list(&store, &all, None, page_of(1)).await, expected);
    match OrganizationRepo::insert(&store, &organization).await {
        Err(WriteError::Store(error)) => is_corrupt::<()>(Err(error), expected),
        other => panic!("{other:?}"),
    }
}

/// Omitted records are counted in the index, and neither read nor sent.
#[tokio::test]
async fn skipped_records_are_not_read() {
    let (store, database) = new_store().await;
    for (id, name) in [("a", "A"), ("b", "B"), ("c", "C"), ("d", "D")] {
        OrganizationRepo::insert(&store, &active(id, name)).await.unwrap();
    }
    break_record(&database, "organizations", "a", doc! { "version": "secret" }).await;
    let expected = ("organizations", "a", "version: not what it should be");
    is_corrupt(store.list_public(&Requester::Installation, None, 0, page_of(1)).await, expected);
    let rest = store.list_public(&Requester::Installation, None, 1, page_of(1)).await.unwrap();
    assert_eq!((rest.items, rest.more), (vec![active("b", "B")], true));

    let kinds = ["active", "admitting", "relieving", "renaming", "suspended"];
    let find = doc! {
        "find": "organizations",
        "filter": { "phase.kind": { "$in": kinds.as_slice() }, "_id": { "$gt": "" } },
        "sort": { "_id": 1 }, "skip": 3, "limit": 1, "hint": "phase",
    };
    let explain = doc! { "explain": find, "verbosity": "executionStats" };
    let explained = database.database().run_command(explain).await.unwrap();
    let stats = explained.get_document("executionStats").unwrap();
    assert_eq!(stats.get_i32("totalDocsExamined").unwrap(), 1, "{explained}");
}

/// The operator has to repair a broken record; the others must not wait for that.
#[tokio::test]
async fn a_corrupt_pending_record_does_not_hide_others() {
    let (store, database) = new_store().await;
    for (id, name) in [("broken", "Acme"), ("fine", "Beta")] {
        OrganizationRepo::insert(&store, &provisioning(id, name)).await.unwrap();
    }
    break_record(&database, "organizations", "broken", doc! { "phase": "secret" }).await;
    let pending = store.pending(None, None, page_of(10)).await.unwrap();
    assert_eq!(pending.items, [organization_id("broken"), organization_id("fine")]);
}

#[tokio::test]
async fn corrupt_admins_are_named_and_not_quoted() {
    let (store, database) = new_store().await;
    let ada = admin("ada", "acme", "ada@example.com");
    AdminRepo::insert(&store, &ada).await.unwrap();
    break_record(&database, "admins", "ada", doc! { "role": "secret" }).await;
    let expected = ("admins", "ada", "role: not what it should be");
    is_corrupt(AdminRepo::get(&store, ada.id()).await, expected);
    is_corrupt(store.find_by_email(&ada.email().key()).await, expected);
    is_corrupt(AdminRepo::list(&store, ada.organization_id(), None, page_of(1)).await, expected);
    let rival = AdminRepo::insert(&store, &admin("bob", "acme", "ada@example.com")).await;
    assert!(matches!(rival, Err(WriteError::Taken)), "the address stays taken");
    store.remove_all(ada.organization_id()).await.unwrap();
    assert!(AdminRepo::get(&store, ada.id()).await.unwrap().is_none(), "it can be removed");
}

#[tokio::test]
async fn corrupt_ledger_entries_are_named_and_not_quoted() {
    let (store, database) = new_store().await;
    let acme = collection("org_acme");
    let claim = Claim { organization: organization_id("acme"), begun: Version::FIRST };
    store.claim(&acme, &claim).await.unwrap();
    break_record(&database, "namespaces", "org_acme", doc! { "number": "secret" }).await;
    let expected = ("namespaces", "org_acme", "number: not what it should be");
    is_corrupt(store.owner(&acme).await, expected);
    is_corrupt(store.claim(&acme, &claim).await, expected);
}

#[tokio::test]
async fn corrupt_idempotency_records_are_named_and_not_quoted() {
    let (store, database) = new_store().await;
    let key = IdempotencyKey::parse("ada", "k").unwrap();
    let reservation = Reservation { key, asked: Fingerprint("asked".to_owned()), until: at(10) };
    store.begin(&reservation, at(0)).await.unwrap();
    break_record(&database, "idempotency", "ada k", doc! { "answer.status": "secret" }).await;
    let expected = ("idempotency", "ada k", "answer.status: not what it should be");
    is_corrupt(store.begin(&reservation, at(0)).await, expected);
}

#[tokio::test]
async fn corrupt_attempt_records_are_named_and_not_quoted() {
    let (store, database) = new_store().await;
    let key = AttemptKey::address(client("192.0.2.1"));
    let window = Duration::from_secs(60);
    store.fail(&key, at(0), window).await.unwrap();
    break_record(&database, "login_attempts", key.as_str(), doc! { "known_until": "secret" }).await;
    let expected = ("login_attempts", key.as_str(), "known_until: not what it should be");
    is_corrupt(AttemptRepo::get(&store, std::slice::from_ref(&key)).await, expected);
    is_corrupt(store.fail(&key, at(1), window).await, expected);
}

#[tokio::test]
async fn corrupt_signing_keys_are_named_and_not_quoted() {
    for field in ["generation", "pkcs8", "created_at"] {
        let (store, database) = new_store().await;
        let id = KeyId::parse("key-1").unwrap();
        let key = SigningKey { id, pkcs8: vec![1, 2, 3], created_at: at(0) };
        store.append(KeyPurpose::Tokens, key.clone(), None).await.unwrap();
        break_record(&database, "signing_keys", "key-1", doc! { field: "secret" }).await;
        let expected = format!("{field}: not what it should be");
        let expected = ("signing_keys", "key-1", &*expected);
        is_corrupt(store.append(KeyPurpose::Tokens, key, None).await, expected);
        is_corrupt(SigningKeyRepo::list(&store, KeyPurpose::Tokens).await, expected);
    }
}

async fn break_record(database: &TestDatabase, collection: &str, id: &str, fields: Document) {
    let records = database.database().collection::<Document>(collection);
    let broken = records.update_one(doc! { "_id": id }, doc! { "$set": fields }).await.unwrap();
    assert_eq!(broken.modified_count, 1);
}

fn is_corrupt<T>(result: Result<T, StoreError>, expected: (&str, &str, &str))
where
    T: std::fmt::Debug,
{
    match result {
        Err(StoreError::Corrupt { collection, id, field }) => {
            assert_eq!((collection, id.as_str(), field.as_str()), expected);
        }
        other => panic!("{other:?}"),
    }
}
