use std::time::{Duration, Instant};

use bson::{Document, doc};
use domain::model::{
    AttemptKey, Claim, DocumentQuery, Fingerprint, IdempotencyKey, KeyId, PageSize, Reservation,
    SigningKey, Sort, Version,
};
use domain::ports::{
    AdminRepo, AttemptRepo, IdempotencyRepo, IdempotencyState, KeyPurpose, NamespaceLedger,
    OrganizationRepo, SigningKeyRepo, StoreError, StoreProbe, TenantError, TenantStore, WriteError,
};
use local_mongod::{Options, TestDatabase};
use port_contracts::fixtures::{
    active, admin, at, client, collection, document, organization_id, sharer,
};
use port_contracts::store_probe::ready_fails_within_the_timeout_when_the_store_is_unavailable;
use serde_json::json;
use tokio::sync::{Mutex, MutexGuard};

use super::config;
use crate::{MongoConfig, MongoStore};

/// ShutdownInProgress: the server ends, and another takes over.
const SHUTDOWN: i32 = 91;
/// MaxTimeMSExpired: the command exceeded its time limit.
const TIME_LIMIT: i32 = 50;
/// WriteConcernFailed: the write is stored, but no majority acknowledged it in time.
const NO_MAJORITY: i32 = 64;

/// Recovery repeats an unacknowledged insert, which must not conflict with itself.
#[tokio::test]
async fn an_unacknowledged_insert_can_be_repeated() {
    let server = Server::start().await;
    let store = &server.store;

    let acme = active("acme", "Acme");
    server.acknowledges_no(&["insert"]).await;
    let lost = OrganizationRepo::insert(store, &acme).await;
    assert!(matches!(lost, Err(WriteError::Store(StoreError::Unavailable(_)))), "{lost:?}");
    OrganizationRepo::insert(store, &acme).await.unwrap();

    let ada = admin("ada", "acme", "ada@example.com");
    server.acknowledges_no(&["insert"]).await;
    let lost = AdminRepo::insert(store, &ada).await;
    assert!(matches!(lost, Err(WriteError::Store(_))), "{lost:?}");
    AdminRepo::insert(store, &ada).await.unwrap();

    let claim = Claim { organization: organization_id("acme"), begun: Version::FIRST };
    let wanted = collection("org_acme");
    server.acknowledges_no(&["insert"]).await;
    store.claim(&wanted, &claim).await.unwrap_err();
    assert_eq!(store.claim(&wanted, &claim).await.unwrap(), wanted);

    let id = KeyId::parse("key-1").unwrap();
    let key = SigningKey { id, pkcs8: vec![1], created_at: at(0) };
    server.acknowledges_no(&["insert"]).await;
    store.append(KeyPurpose::Tokens, key.clone(), None).await.unwrap_err();
    assert_eq!(store.append(KeyPurpose::Tokens, key.clone(), None).await.unwrap(), key);
}

/// The primary has the first attempt, and refuses the second because of it, but no majority has it
/// yet. Mistaking that for another admin with the same address would undo an organization whose
/// admin stays.
#[tokio::test]
async fn a_repeated_insert_without_a_majority_is_not_a_conflict() {
    let server = Options::replica_set(1).start().await.unwrap();
    let config = MongoConfig { url: server.url().into(), database: "tenantry".to_owned() };
    let store = MongoStore::open(&config).await.unwrap();
    let ada = admin("ada", "acme", "ada@example.com");

    commits(&store, false).await;
    for _ in 0..2 {
        let unknown = AdminRepo::insert(&store, &ada).await;
        assert!(matches!(unknown, Err(WriteError::Store(_))), "{unknown:?}");
    }
    commits(&store, true).await;
    AdminRepo::insert(&store, &ada).await.unwrap();
    assert_eq!(AdminRepo::get(&store, ada.id()).await.unwrap(), Some(ada));
}

/// Whether the server lets a majority acknowledge writes.
async fn commits(store: &MongoStore, commits: bool) {
    let mode = if commits { "off" } else { "alwaysOn" };
    let command = doc! { "configureFailPoint": "disableSnapshotting", "mode": mode };
    store
        .connection()
        .unwrap()
        .database
        .client()
        .database("admin")
        .run_command(command)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_refusal_without_a_majority_is_not_final() {
    let server = Server::start().await;
    let acme = active("acme", "Acme");
    OrganizationRepo::insert(&server.store, &acme).await.unwrap();
    server.acknowledges_no(&["update"]).await;
    let next = acme.suspended(at(1)).unwrap();
    let lost = OrganizationRepo::replace(&server.store, &next, next.version(), &[]).await;
    assert!(matches!(lost, Err(WriteError::Store(StoreError::Unavailable(_)))), "{lost:?}");
}

/// The same error of the server is the tenant's fault where the tenant chose the query, and
/// otherwise the store's.
#[tokio::test]
async fn only_queries_that_exceed_their_time_are_too_expensive() {
    let server = Server::start().await;
    let (store, acme) = (&server.store, sharer("acme"));
    let note = document("note", json!({"n": 1}));
    let sort = Sort::parse("n").unwrap();
    for (command, query) in [
        ("find", DocumentQuery::default()),
        ("aggregate", DocumentQuery { sort, ..DocumentQuery::default() }),
    ] {
        server.takes_too_long(command).await;
        let listed = TenantStore::list(store, &acme, &query, PageSize::MAX).await;
        let expected = matches!(listed, Err(TenantError::Store(StoreError::TooExpensive)));
        assert!(expected, "{command}: {listed:?}");
        assert_eq!(TenantStore::list(store, &acme, &query, PageSize::MAX).await.unwrap().items, []);
    }
    let unavailable =
        |it: &TenantError| matches!(it, TenantError::Store(StoreError::Unavailable(_)));
    server.takes_too_long("find").await;
    let got = TenantStore::get(store, &acme, note.id()).await.unwrap_err();
    assert!(unavailable(&got), "{got:?}");
    server.takes_too_long("insert").await;
    let inserted = TenantStore::insert(store, &acme, &note, None).await.unwrap_err();
    assert!(unavailable(&inserted), "{inserted:?}");
}

#[tokio::test]
async fn interrupted_removals_are_retried() {
    let server = Server::start().await;
    let store = &server.store;
    let ada = admin("ada", "acme", "ada@example.com");
    AdminRepo::insert(store, &ada).await.unwrap();
    let key = IdempotencyKey::parse("ada", "k").unwrap();
    let reservation = Reservation { key, asked: Fingerprint("asked".to_owned()), until: at(10) };
    store.begin(&reservation, at(0)).await.unwrap();

    server.interrupts("delete").await;
    store.remove_all(ada.organization_id()).await.unwrap();
    assert_eq!(AdminRepo::get(store, ada.id()).await.unwrap(), None);

    server.interrupts("delete").await;
    IdempotencyRepo::sweep(store, at(10)).await.unwrap();
    assert_eq!(store.begin(&reservation, at(0)).await.unwrap(), IdempotencyState::New);

    let id = KeyId::parse("key-1").unwrap();
    let key = SigningKey { id: id.clone(), pkcs8: vec![1], created_at: at(0) };
    store.append(KeyPurpose::Tokens, key, None).await.unwrap();
    server.interrupts("update").await;
    SigningKeyRepo::remove(store, KeyPurpose::Tokens, &id).await.unwrap();
    assert_eq!(SigningKeyRepo::list(store, KeyPurpose::Tokens).await.unwrap(), []);
}

/// An attacker must not gain from a failover of the database, nor may it lock the owner out.
#[tokio::test]
async fn interrupted_login_failures_are_counted() {
    let server = Server::start().await;
    let store = &server.store;
    let key = AttemptKey::address(client("192.0.2.1"));
    let count = async || {
        let known = AttemptRepo::get(store, std::slice::from_ref(&key)).await.unwrap();
        known[0].failures.map_or(0, |failures| failures.count)
    };
    for expected in 1..=3 {
        server.interrupts("findAndModify").await;
        store.fail(&key, at(0), Duration::from_secs(60)).await.unwrap();
        assert_eq!(count().await, expected);
    }
    server.interrupts("update").await;
    store.succeed(&key, at(10)).await.unwrap();
    assert_eq!(count().await, 0);

    server.acknowledges_no(&["findAndModify"]).await;
    store.fail(&key, at(0), Duration::from_secs(60)).await.unwrap_err();
    // The failure was counted, without an acknowledgement; a majority has it in a moment.
    until(async || count().await == 1).await;
}

#[tokio::test]
async fn a_frozen_server_is_not_ready_and_fails_in_time() {
    let server = Options::replica_set(1).start().await.unwrap();
    let config = MongoConfig { url: server.url().into(), database: "tenantry".to_owned() };
    let store = MongoStore::open(&config).await.unwrap();
    store.ready().await.unwrap();
    server.freeze(0).unwrap();
    // The signal has to reach every thread of the server.
    until(async || store.ready().await.is_err()).await;
    ready_fails_within_the_timeout_when_the_store_is_unavailable(&store).await;
    let id = organization_id("acme");
    let get = OrganizationRepo::get(&store, &id);
    let answer = tokio::time::timeout(Duration::from_secs(5), get).await;
    assert!(matches!(answer, Ok(Err(StoreError::Unavailable(_)))), "{answer:?}");
    server.thaw(0).unwrap();
    until(async || store.ready().await.is_ok()).await;
}

async fn until(condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < deadline, "waited in vain");
        tokio::task::yield_now().await;
    }
}

/// A store on the shared test server, which fails on demand, and only for this store.
struct Server {
    store: MongoStore,
    database: TestDatabase,
    /// The server supports one such failure at a time.
    _turn: MutexGuard<'static, ()>,
}

impl Server {
    async fn start() -> Self {
        static TURN: Mutex<()> = Mutex::const_new(());
        let turn = TURN.lock().await;
        let database = TestDatabase::fresh().await.unwrap();
        let separator = if database.url().contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}appName={}", database.url(), database.name());
        let config = MongoConfig { url: url.into(), ..config(&database) };
        Self { store: MongoStore::open(&config).await.unwrap(), database, _turn: turn }
    }

    /// Executes the next of `commands` without an acknowledgement.
    async fn acknowledges_no(&self, commands: &[&str]) {
        let error = doc! { "code": NO_MAJORITY, "errmsg": "waiting for replication timed out" };
        self.fails(doc! { "failCommands": commands, "writeConcernError": error }).await;
    }

    /// Does not execute the next such command.
    async fn interrupts(&self, command: &str) {
        self.fails(doc! { "failCommands": [command], "errorCode": SHUTDOWN }).await;
    }

    /// Makes the next such command exceed its time limit.
    async fn takes_too_long(&self, command: &str) {
        self.fails(doc! { "failCommands": [command], "errorCode": TIME_LIMIT }).await;
    }

    async fn fails(&self, mut how: Document) {
        how.insert("appName", self.database.name());
        let command = doc! {
            "configureFailPoint": "failCommand",
            "mode": { "times": 1 },
            "data": how,
        };
        let admin = self.database.database().client().database("admin");
        admin.run_command(command).await.unwrap();
    }
}
