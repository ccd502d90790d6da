use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use domain::model::{
    AuditEvent, Budget, DocumentId, DocumentQuery, EventFilter, Exhausted, Filter, ImportMode,
    PageSize, Seq, Sort, Tenant, Trail,
};
use domain::ports::{AuditLog, OrganizationRepo, Requester, StoreError, TenantError, TenantStore};
use port_contracts::fixtures::{
    at, batch, client, document, event, object, organization_id, page_of, sharer, tenant,
};
use redb::ReadTransaction;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::EmbeddedStore;
use crate::scans::Scans;
use crate::tx_error::TxError;

fn of(organization: &str) -> Requester {
    Requester::Organization(organization_id(organization))
}

fn is_waiting<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// A running scan, which ends when it is released, and then reports whether it may continue.
struct Scan {
    task: JoinHandle<Result<(), StoreError>>,
    release: mpsc::Sender<()>,
    outcome: oneshot::Receiver<Result<(), Exhausted>>,
}

impl Scan {
    async fn begin(store: &EmbeddedStore, requester: Requester) -> Self {
        let (entered, inside) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let (told, outcome) = oneshot::channel();
        let look = move |_: &ReadTransaction, budget: &Budget<'_>| {
            entered.send(()).unwrap();
            released.recv().unwrap();
            told.send(budget.spend(Budget::INTERVAL + 1)).unwrap();
            Ok(())
        };
        let store = store.clone();
        let task = tokio::spawn(async move { store.scan(requester, look).await });
        inside.await.unwrap();
        Self { task, release, outcome }
    }
}

#[tokio::test]
async fn an_abandoned_scan_ends_and_keeps_its_permit_until_then() {
    let store = EmbeddedStore::in_memory().unwrap();
    let scan = Scan::begin(&store, of("acme")).await;
    scan.task.abort();
    assert!(scan.task.await.unwrap_err().is_cancelled());
    assert_eq!(store.scans().running(), 1, "the work goes on");

    let (begun, next_begun) = oneshot::channel();
    let again = tokio::spawn({
        let store = store.clone();
        let look = move |_: &ReadTransaction, _: &Budget<'_>| {
            begun.send(()).unwrap();
            Ok::<_, TxError<StoreError>>(())
        };
        async move { store.scan(of("acme"), look).await }
    });
    // Another organization holds the other permits.
    let other = Scan::begin(&store, of("globex")).await;
    other.release.send(()).unwrap();
    assert_eq!(other.outcome.await, Ok(Ok(())));
    other.task.await.unwrap().unwrap();
    assert!(!again.is_finished() && next_begun.is_empty(), "one scan of an organization at a time");

    scan.release.send(()).unwrap();
    assert_eq!(scan.outcome.await, Ok(Err(Exhausted)));
    again.await.unwrap().unwrap();
    assert_eq!(store.scans().running(), 0);
}

#[tokio::test]
async fn scans_of_unauthenticated_clients_wait_for_those_of_their_network_only() {
    let store = EmbeddedStore::in_memory().unwrap();
    let [one, neighbor, other] = ["2001:db8::1", "2001:db8::2", "198.51.100.1"]
        .map(|address| Requester::client(client(address)));
    let scan = Scan::begin(&store, one).await;
    store.list_public(&other, None, 0, PageSize::MAX).await.unwrap();
    let mut waiting = Box::pin(store.list_public(&neighbor, None, 0, PageSize::MAX));
    assert!(is_waiting(waiting.as_mut()));
    scan.release.send(()).unwrap();
    waiting.await.unwrap();
}

#[tokio::test]
async fn a_large_document_is_read_on_a_blocking_thread() {
    let store = EmbeddedStore::in_memory().unwrap();
    let acme = tenant("acme", "org_acme");
    store.create(&acme).await.unwrap();
    for (id, size) in [("small", 1), ("large", 100 * 1024)] {
        let document = document(id, json!({"text": "x".repeat(size)}));
        TenantStore::insert(&store, &acme, &document, None).await.unwrap();
    }
    let scan = Scan::begin(&store, of("acme")).await;
    let [small, large] = ["small", "large"].map(|id| DocumentId::parse(id).unwrap());
    assert!(TenantStore::get(&store, &acme, &small).await.unwrap().is_some());
    let mut waiting = TenantStore::get(&store, &acme, &large);
    assert!(is_waiting(waiting.as_mut()));
    scan.release.send(()).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().id(), &large);
}

/// A store without time for scans: one that costs more than an interval of steps is refused.
async fn without_time(tenant: &Tenant) -> EmbeddedStore {
    let store = EmbeddedStore::in_memory_with(Scans::with_max_duration(Duration::ZERO)).unwrap();
    store.create(tenant).await.unwrap();
    store
}

async fn ids(
    store: &EmbeddedStore,
    tenant: &Tenant,
    (filter, sort): (Value, Sort),
) -> Result<usize, TenantError> {
    let filter = Filter::parse(object(filter)).unwrap();
    let query = DocumentQuery { filter, sort, after: None };
    Ok(TenantStore::list(store, tenant, &query, PageSize::MAX).await?.items.len())
}

#[tokio::test]
async fn queries_that_scan_many_documents_are_too_expensive() {
    for tenant in [tenant("acme", "org_acme"), sharer("acme")] {
        let store = without_time(&tenant).await;
        let many: Vec<_> =
            (0..2000).map(|n| document(&format!("{n:04}"), json!({"n": n}))).collect();
        for part in many.chunks(500) {
            store.import(&tenant, &batch("b", &tenant, ImportMode::Insert, part)).await.unwrap();
        }
        let by_n = Sort::parse("n").unwrap();
        for dear in [
            (json!({"n": -1}), Sort::default()),
            (json!({}), by_n.clone()),
            (json!({"n": {"$gt": 1990}}), by_n.clone()),
        ] {
            let found = ids(&store, &tenant, dear.clone()).await;
            let refused = matches!(found, Err(TenantError::Store(StoreError::TooExpensive)));
            assert!(refused, "{dear:?}: {found:?}");
        }
        for cheap in [(json!({}), Sort::default()), (json!({"n": {"$lt": 50}}), Sort::default())] {
            let query = DocumentQuery {
                filter: Filter::parse(object(cheap.0)).unwrap(),
                ..DocumentQuery::default()
            };
            assert_eq!(
                TenantStore::list(&store, &tenant, &query, page_of(40)).await.unwrap().items.len(),
                40
            );
        }
    }
}

#[tokio::test]
async fn queries_that_take_long_within_one_document_are_too_expensive() {
    let acme = tenant("acme", "org_acme");
    let store = without_time(&acme).await;
    let long = document("long", json!({"a": vec![1; 2000], "s": "x".repeat(10_000)}));
    TenantStore::insert(&store, &acme, &long, None).await.unwrap();
    let found = ids(&store, &acme, (json!({"a": {"$in": [2, 3]}}), Sort::default())).await;
    assert!(matches!(found, Err(TenantError::Store(StoreError::TooExpensive))), "{found:?}");
    let found = ids(&store, &acme, (json!({"s": {"$ne": "x"}}), Sort::default())).await;
    assert_eq!(found.unwrap(), 1);
}

#[tokio::test]
async fn a_queue_of_scans_is_bounded_for_each_requester() {
    let store = EmbeddedStore::in_memory().unwrap();
    let first = Scan::begin(&store, of("acme")).await;
    let scan = |_| Box::pin(store.scan(of("acme"), |_, _| Ok::<_, TxError<StoreError>>(())));
    let mut waiting: Vec<_> = (0..400).map(scan).collect();
    let mut context = Context::from_waker(Waker::noop());
    let answers = waiting.iter_mut().map(|scan| Pin::new(scan).poll(&mut context));
    let answers: Vec<Poll<Result<(), StoreError>>> = answers.collect();
    let refused = |it: &&Poll<_>| matches!(it, Poll::Ready(Err(StoreError::Saturated)));
    assert_eq!(answers.iter().filter(|it| it.is_pending()).count(), 256);
    assert_eq!(answers.iter().filter(refused).count(), 144);
    assert!(store.scan(of("globex"), |_, _| Ok::<_, TxError<StoreError>>(())).await.is_ok());

    drop(waiting);
    first.release.send(()).unwrap();
    first.task.await.unwrap().unwrap();
    assert!(store.scan(of("acme"), |_, _| Ok::<_, TxError<StoreError>>(())).await.is_ok());
}

/// One scan reads 1000 events in these tests.
#[tokio::test]
async fn lists_of_events_continue_over_several_scans() {
    let store = EmbeddedStore::in_memory().unwrap();
    let made = |n: u64| AuditEvent { at: at(n), ..event(&n.to_string(), "acme") };
    let events: Vec<_> = (1..=3000).map(made).collect();
    AuditLog::append(&store, &events).await.unwrap();
    let trail = Trail::Organization(organization_id("acme"));
    for (since, until, size, expected, more) in [
        (1995, 2005, 5, 5, true),
        (1995, 2005, 10, 10, false),
        (1995, 2005, 11, 10, false),
        // The page is full at the end of a scan.
        (1995, 2005, 6, 6, true),
        (1995, 2001, 6, 6, false),
        (3000, 3001, 1, 1, false),
        (3001, 3002, 1, 0, false),
    ] {
        let (since, until) = (Some(at(since)), Some(at(until)));
        let filter = EventFilter { since, until, ..EventFilter::default() };
        let listed = AuditLog::list(&store, &trail, &filter, Seq::START, page_of(size)).await;
        let page = listed.unwrap();
        assert_eq!((page.items.len(), page.more), (expected, more), "{filter:?}");
    }
}
