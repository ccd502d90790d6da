//! A write of a document is carried out once, however often it has to be sent.

use domain::model::{Precondition, Tenant};
use domain::ports::{DocumentOutcome, TenantError, TenantStore};
use local_mongod::Options;
use port_contracts::crash::FreshStore;
use port_contracts::fixtures::{document, page_of, sharer, tenant, tenant_at};
use serde_json::json;

use crate::troubled::{Failure, Troubled, Way};
use crate::{ENDING, FAILED, NO_MAJORITY, NOT_PRIMARY, SHUTDOWN};

/// After which a write may be sent again.
const PASSING: [Failure; 5] = [
    Failure::Refuses(NOT_PRIMARY),
    Failure::Refuses(ENDING),
    Failure::HangsUp,
    Failure::HangsUpAfter,
    Failure::Unsure(SHUTDOWN),
];

/// After which it is of no use.
const LASTING: [Failure; 2] = [Failure::Refuses(FAILED), Failure::Unsure(NO_MAJORITY)];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_a_failure_that_passes() {
    let server = Troubled::start(Options::replica_set(1), &[]).await;
    for failure in PASSING {
        for tenant in tenants(&server).await {
            let inserted = insert(&server, &tenant, failure, 1).await;
            assert!(inserted.is_ok(), "{failure:?}: {inserted:?}");
            assert_eq!(count(&server, &tenant).await, 1, "{failure:?}");
            let deleted = delete(&server, &tenant, failure, 1).await;
            assert!(matches!(deleted, Ok(DocumentOutcome::Done)), "{failure:?}: {deleted:?}");
            assert_eq!(count(&server, &tenant).await, 0, "{failure:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_lasts_is_told_and_nothing_else() {
    let server = Troubled::start(Options::replica_set(1), &[]).await;
    for failure in lasting() {
        for tenant in tenants(&server).await {
            is_unavailable(&insert(&server, &tenant, failure, 2).await, failure);
            assert!(count(&server, &tenant).await <= 1, "{failure:?}");
            is_unavailable(&delete(&server, &tenant, failure, 2).await, failure);
        }
    }
}

/// It can't tell a second attempt from a second write, so there is none.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stands_alone_tells_of_every_failure() {
    let server = Troubled::start(Options::standalone(), &[]).await;
    for failure in lasting() {
        for tenant in tenants(&server).await {
            is_unavailable(&insert(&server, &tenant, failure, 1).await, failure);
            let done = matches!(failure, Failure::Unsure(_));
            assert_eq!(count(&server, &tenant).await, usize::from(done), "{failure:?}");
            is_unavailable(&delete(&server, &tenant, failure, 1).await, failure);
            assert_eq!(count(&server, &tenant).await, 0, "{failure:?}");
        }
    }
}

/// What can happen to a write again and again: not so what happens after its effect, and only then.
fn lasting() -> impl Iterator<Item = Failure> {
    let again = |failure: &Failure| !matches!(failure, Failure::HangsUpAfter);
    PASSING.into_iter().filter(again).chain(LASTING)
}

/// One with a collection of its own and one without, both empty.
async fn tenants(server: &Troubled) -> [Tenant; 2] {
    server.make().await;
    let own = tenant("a", "org_a");
    let own = tenant_at(own.organization(), server.store.create(&own).await.unwrap());
    [own, sharer("b")]
}

async fn insert(
    server: &Troubled,
    tenant: &Tenant,
    failure: Failure,
    times: i32,
) -> Result<(), TenantError> {
    server.fail(Way { failure, command: "insert", times }).await;
    let inserted =
        TenantStore::insert(&server.store, tenant, &document("1", json!({"n": 1})), None).await;
    server.heal().await;
    inserted
}

async fn delete(
    server: &Troubled,
    tenant: &Tenant,
    failure: Failure,
    times: i32,
) -> Result<DocumentOutcome, TenantError> {
    server.fail(Way { failure, command: "delete", times }).await;
    let id = document("1", json!({}));
    let deleted =
        TenantStore::delete(&server.store, tenant, id.id(), &Precondition::None, None).await;
    server.heal().await;
    deleted
}

async fn count(server: &Troubled, tenant: &Tenant) -> usize {
    TenantStore::list(&server.store, tenant, &domain::model::DocumentQuery::default(), page_of(9))
        .await
        .unwrap()
        .items
        .len()
}

fn is_unavailable<T: std::fmt::Debug>(result: &Result<T, TenantError>, failure: Failure) {
    assert!(matches!(result, Err(TenantError::Store(_))), "{failure:?}: {result:?}");
}
