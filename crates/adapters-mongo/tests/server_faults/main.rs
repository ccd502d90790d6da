//! Failures of the server during every workflow: every result is correct, and the store is
//! consistent after a recovery.
#![expect(clippy::unwrap_used, reason = "what is unexpected fails the test")]

mod documents;
mod faulty_server;
mod trails;

use std::sync::Arc;

use faulty_server::{Failure, FaultyServer};
use futures_util::future::join_all;
use local_mongod::Options;
use port_contracts::crash::{FreshStore, cases};

/// NotWritablePrimary: another member is primary.
const NOT_PRIMARY: i32 = 10107;
/// InterruptedAtShutdown
const ENDING: i32 = 11600;
/// OperationFailed, which is not a reason to retry.
const FAILED: i32 = 96;
/// WriteConcernFailed: no majority acknowledged it in time.
const NO_MAJORITY: i32 = 64;
/// ShutdownInProgress
const SHUTDOWN: i32 = 91;

#[tokio::test(flavor = "multi_thread")]
async fn refused_commands() {
    exhaust(
        Options::replica_set(1),
        &[(Failure::Refuses(NOT_PRIMARY), 2), (Failure::Refuses(FAILED), 1)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_connections() {
    exhaust(Options::replica_set(1), &[(Failure::HangsUp, 2), (Failure::HangsUpAfter, 1)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_without_a_confirmed_majority() {
    exhaust(
        Options::replica_set(1),
        &[(Failure::Unsure(NO_MAJORITY), 1), (Failure::Unsure(SHUTDOWN), 2)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_a_standalone_server() {
    exhaust(
        Options::standalone(),
        &[(Failure::Refuses(ENDING), 1), (Failure::HangsUp, 1), (Failure::Unsure(SHUTDOWN), 1)],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_executed_late() {
    let stores: Arc<dyn FreshStore> =
        Arc::new(FaultyServer::start(Options::replica_set(1), &[(Failure::Late, 1)]).await);
    cases::insert_of_a_document(Arc::clone(&stores)).await;
    cases::rename(stores).await;
}

/// Runs the workflows on servers with these failures, one each, repeated up to the given number of
/// times. They run concurrently, because they mostly wait.
async fn exhaust(options: Options, failures: &[(Failure, i32)]) {
    let exhaust = |failure| workflows(options.clone(), failure);
    join_all(failures.iter().map(|failure| Box::pin(exhaust(failure)))).await;
}

async fn workflows(options: Options, failure: &(Failure, i32)) {
    let faulty_server = FaultyServer::start(options, std::slice::from_ref(failure)).await;
    let stores: Arc<dyn FreshStore> = Arc::new(faulty_server);
    let fresh = || Arc::clone(&stores);
    cases::create(fresh()).await;
    cases::rename(fresh()).await;
    cases::delete(fresh()).await;
    cases::login(fresh()).await;
    cases::insert_of_a_document(fresh()).await;
    cases::insert_of_a_document_in_the_shared_collection(fresh()).await;
    cases::delete_of_a_document(fresh()).await;
    cases::recovery_from_provisioning(fresh()).await;
    cases::recovery_from_renaming(fresh()).await;
}
