//! A write of a document is executed once, however often it is sent.

use domain::model::{Document, DocumentQuery, ImportMode, Imported, Precondition, Tenant, Usage};
use domain::ports::{DocumentOutcome, TenantError, TenantStore};
use local_mongod::Options;
use port_contracts::crash::FreshStore;
use port_contracts::fixtures::{batch, document, page_of, sharer, tenant, tenant_at};
use serde_json::json;

use crate::faulty_server::{Failure, FaultyServer, InjectedFailure};
use crate::{ENDING, FAILED, NO_MAJORITY, NOT_PRIMARY, SHUTDOWN};

/// Failures after which a write may be retried.
const PASSING: [Failure; 5] = [
    Failure::Refuses(NOT_PRIMARY),
    Failure::Refuses(ENDING),
    Failure::HangsUp,
    Failure::HangsUpAfter,
    Failure::Unsure(SHUTDOWN),
];

/// Failures after which retries are useless.
const LASTING: [Failure; 2] = [Failure::Refuses(FAILED), Failure::Unsure(NO_MAJORITY)];

#[tokio::test(flavor = "multi_thread")]
async fn transient_failures_are_retried_transparently() {
    let server = FaultyServer::start(Options::replica_set(1), &[]).await;
    for failure in PASSING {
        for tenant in tenants(&server).await {
            let inserted = insert(&server, &tenant, failure, 1).await;
            assert!(inserted.is_ok(), "{failure:?}: {inserted:?}");
            assert_eq!(count(&server, &tenant).await, 1, "{failure:?}");
            assert_eq!(counted(&server, &tenant).await, Usage::of(&one()), "{failure:?}");
            let deleted = delete(&server, &tenant, failure, 1).await;
            assert!(matches!(deleted, Ok(DocumentOutcome::Done)), "{failure:?}: {deleted:?}");
            assert_eq!(count(&server, &tenant).await, 0, "{failure:?}");
            assert_eq!(counted(&server, &tenant).await, Usage::default(), "{failure:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn retried_writes_are_counted_once() {
    let server = FaultyServer::start(Options::replica_set(1), &[]).await;
    for failure in PASSING {
        for tenant in tenants(&server).await {
            server.fail(InjectedFailure { failure, command: "update", times: 1 }).await;
            let inserted = TenantStore::insert(&server.store, &tenant, &one(), None).await;
            server.recover().await;
            assert!(inserted.is_ok(), "{failure:?}: {inserted:?}");
            assert_eq!(counted(&server, &tenant).await, Usage::of(&one()), "{failure:?}");
        }
    }
}

/// At least the stored documents are counted.
#[tokio::test(flavor = "multi_thread")]
async fn usage_is_never_below_stored_documents_after_failures() {
    for options in [Options::replica_set(1), Options::standalone()] {
        let server = FaultyServer::start(options, &[]).await;
        for failure in lasting() {
            for command in ["insert", "update", "delete"] {
                for tenant in tenants(&server).await {
                    server.fail(InjectedFailure { failure, command, times: 2 }).await;
                    let any = Precondition::None;
                    let _ = TenantStore::insert(&server.store, &tenant, &one(), None).await;
                    let _ = server.store.replace(&tenant, &larger(), &any, None).await;
                    let _ = server.store.replace(&tenant, &one(), &any, None).await;
                    let _ =
                        TenantStore::delete(&server.store, &tenant, one().id(), &any, None).await;
                    let _ = import(&server, &tenant, ImportMode::Upsert).await;
                    server.recover().await;
                    let there = documents(&server, &tenant).await;
                    let there = there.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
                    let counted = counted(&server, &tenant).await;
                    let enough =
                        counted.documents >= there.documents && counted.bytes >= there.bytes;
                    assert!(enough, "{failure:?} of {command}: {counted:?} for {there:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_import_writes_its_batch_once() {
    let server = FaultyServer::start(Options::replica_set(1), &[]).await;
    for failure in PASSING {
        for command in ["insert", "update"] {
            for tenant in tenants(&server).await {
                TenantStore::insert(&server.store, &tenant, &one(), None).await.unwrap();
                server.fail(InjectedFailure { failure, command, times: 1 }).await;
                let imported = import(&server, &tenant, ImportMode::Upsert).await;
                server.recover().await;
                let expected = [Imported::Replaced, Imported::Inserted, Imported::Inserted];
                assert_eq!(imported.unwrap(), expected, "{failure:?} of {command}");
                let there = documents(&server, &tenant).await;
                let there = there.iter().map(Usage::of).fold(Usage::default(), Usage::plus);
                assert_eq!(counted(&server, &tenant).await, there, "{failure:?} of {command}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lasting_failures_are_reported_as_unavailable() {
    let server = FaultyServer::start(Options::replica_set(1), &[]).await;
    for failure in lasting() {
        for tenant in tenants(&server).await {
            is_unavailable(&insert(&server, &tenant, failure, 2).await, failure);
            assert!(count(&server, &tenant).await <= 1, "{failure:?}");
            ensure_exists(&server, &tenant).await;
            is_unavailable(&delete(&server, &tenant, failure, 2).await, failure);
        }
    }
}

/// Without retryable writes, a retry could write twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_standalone_server_reports_every_failure() {
    let server = FaultyServer::start(Options::standalone(), &[]).await;
    for failure in lasting() {
        for tenant in tenants(&server).await {
            is_unavailable(&insert(&server, &tenant, failure, 1).await, failure);
            let done = matches!(failure, Failure::Unsure(_));
            assert_eq!(count(&server, &tenant).await, usize::from(done), "{failure:?}");
            ensure_exists(&server, &tenant).await;
            is_unavailable(&delete(&server, &tenant, failure, 1).await, failure);
            assert_eq!(count(&server, &tenant).await, usize::from(!done), "{failure:?}");
        }
    }
}

/// Failures that can repeat: without those that occur only once, after the effect.
fn lasting() -> impl Iterator<Item = Failure> {
    let again = |failure: &Failure| !matches!(failure, Failure::HangsUpAfter);
    PASSING.into_iter().filter(again).chain(LASTING)
}

/// One with a dedicated collection and one without, both empty.
async fn tenants(server: &FaultyServer) -> [Tenant; 2] {
    server.make().await;
    let own = tenant("a", "org_a");
    let own = tenant_at(own.organization(), server.store.create(&own).await.unwrap());
    let tenants = [own, sharer("b")];
    for tenant in &tenants {
        // The first usage record is an insert, too.
        assert_eq!(counted(server, tenant).await, Usage::default());
    }
    tenants
}

/// Expects that the document exists, and inserts it otherwise.
async fn ensure_exists(server: &FaultyServer, tenant: &Tenant) {
    match TenantStore::insert(&server.store, tenant, &one(), None).await {
        Ok(()) | Err(TenantError::Exists) => {}
        Err(other) => panic!("{other:?}"),
    }
}

fn one() -> Document {
    document("1", json!({"n": 1}))
}

fn larger() -> Document {
    document("1", json!({"n": 22}))
}

async fn import(
    server: &FaultyServer,
    tenant: &Tenant,
    mode: ImportMode,
) -> Result<Vec<Imported>, TenantError> {
    let documents = [larger(), document("2", json!({})), document("3", json!({}))];
    server.store.import(tenant, &batch("batch", tenant, mode, &documents)).await
}

async fn counted(server: &FaultyServer, tenant: &Tenant) -> Usage {
    server.store.usage(tenant).await.unwrap()
}

async fn insert(
    server: &FaultyServer,
    tenant: &Tenant,
    failure: Failure,
    times: i32,
) -> Result<(), TenantError> {
    server.fail(InjectedFailure { failure, command: "insert", times }).await;
    let inserted = TenantStore::insert(&server.store, tenant, &one(), None).await;
    server.recover().await;
    inserted
}

async fn delete(
    server: &FaultyServer,
    tenant: &Tenant,
    failure: Failure,
    times: i32,
) -> Result<DocumentOutcome, TenantError> {
    server.fail(InjectedFailure { failure, command: "delete", times }).await;
    let id = document("1", json!({}));
    let deleted =
        TenantStore::delete(&server.store, tenant, id.id(), &Precondition::None, None).await;
    server.recover().await;
    deleted
}

async fn count(server: &FaultyServer, tenant: &Tenant) -> usize {
    documents(server, tenant).await.len()
}

async fn documents(server: &FaultyServer, tenant: &Tenant) -> Vec<Document> {
    let all = DocumentQuery::default();
    TenantStore::list(&server.store, tenant, &all, page_of(9)).await.unwrap().items
}

fn is_unavailable<T: std::fmt::Debug>(result: &Result<T, TenantError>, failure: Failure) {
    assert!(matches!(result, Err(TenantError::Store(_))), "{failure:?}: {result:?}");
}
