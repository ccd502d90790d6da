use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::Duration;

use domain::model::{
    ClientAddress, DocumentQuery, EventFilter, ImportMode, OrganizationId, PageSize, Seq, Sort,
    Tenant, Trail,
};
use domain::ports::{AuditLog, OrganizationRepo, Requester, StoreError, TenantError, TenantStore};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use port_contracts::fixtures::{batch, document, event, sharer};
use serde_json::json;

use super::new_store;
use crate::MongoStore;
use crate::tenant_store::connection_bulkhead_with;

/// An eighth of the 64 connections, and the maximum number of waiting calls.
const SHARE: usize = 8;
const WAITING: usize = 256;

fn of(organization: &OrganizationId) -> Requester {
    Requester::Organization(organization.clone())
}

fn sorted() -> DocumentQuery {
    DocumentQuery { sort: Sort::parse("n").unwrap(), ..DocumentQuery::default() }
}

async fn list(store: &MongoStore, tenant: &Tenant) -> Result<usize, TenantError> {
    Ok(TenantStore::list(store, tenant, &sorted(), PageSize::MAX).await?.items.len())
}

#[tokio::test]
async fn one_organization_uses_only_its_share_of_the_connections() {
    let (mut store, _database) = new_store().await;
    store.bulkhead = connection_bulkhead_with(64, Duration::from_secs(600));
    let (acme, globex) = (sharer("acme"), sharer("globex"));
    for tenant in [&acme, &globex] {
        let documents = [document("a", json!({"n": 1})), document("b", json!({"n": 2}))];
        let batch = batch("import", tenant, ImportMode::Insert, &documents);
        store.import(tenant, &batch).await.unwrap();
    }
    let hold = || store.bulkhead.try_acquire(&of(acme.organization()), 1);
    let held: Vec<_> = std::iter::from_fn(|| hold().ok()).collect();
    assert_eq!(held.len(), SHARE);

    let mut lists: FuturesUnordered<_> =
        (0..=WAITING).map(|_| Box::pin(list(&store, &acme))).collect();
    // All but one may wait, so this one gets the first response.
    let refused = lists.next().await.unwrap();
    assert!(matches!(refused, Err(TenantError::Store(StoreError::Saturated))), "{refused:?}");
    let import = batch("late", &acme, ImportMode::Upsert, &[document("a", json!({}))]);
    let refused = store.import(&acme, &import).await;
    assert!(matches!(refused, Err(TenantError::Store(StoreError::Saturated))), "{refused:?}");
    assert_eq!(list(&store, &globex).await.unwrap(), 2);

    drop(held);
    let served: Vec<_> = lists.map(Result::unwrap).collect().await;
    assert_eq!(served, [2; WAITING]);
    assert_eq!(store.bulkhead.in_use(), 0);
}

#[tokio::test]
async fn lists_of_audit_events_take_permits_of_their_organization() {
    let (mut store, _database) = new_store().await;
    store.bulkhead = connection_bulkhead_with(64, Duration::ZERO);
    store.append(&[event("a", "acme"), event("b", "globex")]).await.unwrap();
    let (acme, globex) = (sharer("acme"), sharer("globex"));
    let list = async |trail: &Trail, filter: &EventFilter| {
        let page = AuditLog::list(&store, trail, filter, Seq::START, PageSize::MAX).await?;
        Ok::<_, StoreError>(page.items.len())
    };
    let [of_acme, of_globex] =
        [acme, globex].map(|tenant| Trail::Organization(tenant.organization().clone()));
    let unmatched = EventFilter { actor: Some("unknown".to_owned()), ..EventFilter::default() };
    for (filter, found) in [(EventFilter::default(), 1), (unmatched, 0)] {
        let Trail::Organization(id) = &of_acme else { unreachable!() };
        let hold = || store.bulkhead.try_acquire(&of(id), 1);
        let held: Vec<_> = std::iter::from_fn(|| hold().ok()).collect();
        let refused = list(&of_acme, &filter).await;
        assert!(matches!(refused, Err(StoreError::Saturated)), "{refused:?}");
        assert_eq!(list(&of_globex, &filter).await.unwrap(), found);
        list(&Trail::Installation, &filter).await.unwrap();
        drop(held);
        assert_eq!(list(&of_acme, &filter).await.unwrap(), found);
    }
    assert_eq!(store.bulkhead.in_use(), 0);
}

#[tokio::test]
async fn unauthenticated_lists_take_permits_of_their_network() {
    let (mut store, _database) = new_store().await;
    store.bulkhead = connection_bulkhead_with(64, Duration::ZERO);
    let [one, neighbor, other] = ["2001:db8::1", "2001:db8::2", "198.51.100.1"]
        .map(|address| Requester::client(ClientAddress::new(address.parse().unwrap())));
    let hold = || store.bulkhead.try_acquire(&one, 1);
    let held: Vec<_> = std::iter::from_fn(|| hold().ok()).collect();
    assert_eq!(held.len(), SHARE);
    let refused = store.list_public(&neighbor, None, 0, PageSize::MAX).await;
    assert!(matches!(refused, Err(StoreError::Saturated)), "{refused:?}");
    store.list_public(&other, None, 0, PageSize::MAX).await.unwrap();
}

#[tokio::test]
async fn a_dropped_list_releases_its_permit() {
    let (store, _database) = new_store().await;
    let acme = sharer("acme");
    let mut lists: Vec<_> = (0..SHARE).map(|_| Box::pin(list(&store, &acme))).collect();
    let mut context = Context::from_waker(Waker::noop());
    for list in &mut lists {
        assert!(Pin::new(list).poll(&mut context).is_pending());
    }
    assert!(store.bulkhead.try_acquire(&of(acme.organization()), 1).is_err());
    drop(lists);
    assert_eq!(store.bulkhead.in_use(), 0);
}
