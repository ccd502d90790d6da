//! Requests about documents whose collection moves again and again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use domain::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, Imported,
    OrganizationId, Page, PageSize, Placement, Precondition, Tenant, Usage,
};
use domain::ports::{DocumentOutcome, Ports, StoreError, TenantError, TenantStore};
use domain::service::Signup;
use port_contracts::fakes::SettableClock;
use serde_json::json;

use crate::store::ports;
use crate::support::{Call, Server, call, delete, get, patch, post};

/// How often a request follows its documents.
const MOVES: usize = 8;

/// A store whose documents move a number of times before they are found.
struct MovingStore {
    store: Arc<dyn TenantStore>,
    moves: Arc<AtomicUsize>,
}

impl MovingStore {
    fn reached(&self) -> Result<(), TenantError> {
        let one_less = |moves: usize| moves.checked_sub(1);
        match self.moves.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less) {
            Ok(_) => Err(TenantError::Moved),
            Err(_) => Ok(()),
        }
    }
}

/// Forwards every method of the port; those after `moving` only once the documents are found.
macro_rules! moving_store {
    (
        $(fn $still:ident($($name:ident: $kind:ty),*) -> $result:ty;)+
        moving $(fn $method:ident($($arg:ident: $type:ty),*) -> $response:ty;)+
    ) => {
        #[async_trait]
        impl TenantStore for MovingStore {
            $(async fn $still(&self, $($name: $kind),*) -> $result {
                self.store.$still($($name),*).await
            })+
            $(async fn $method(&self, $($arg: $type),*) -> $response {
                self.reached()?;
                self.store.$method($($arg),*).await
            })+
        }
    };
}

moving_store! {
    fn create(tenant: &Tenant) -> Result<Placement, StoreError>;
    fn rename(tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError>;
    fn remove(tenant: &Tenant) -> Result<(), StoreError>;
    fn collections(after: Option<&CollectionName>, size: PageSize) -> Result<Page<CollectionName>, StoreError>;
    fn shared_tenants(after: Option<&OrganizationId>, size: PageSize) -> Result<Page<OrganizationId>, StoreError>;
    fn usage(tenant: &Tenant) -> Result<Usage, StoreError>;
    moving
    fn insert(tenant: &Tenant, document: &Document, event: Option<&AuditEvent>) -> Result<(), TenantError>;
    fn get(tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError>;
    fn delete(tenant: &Tenant, id: &DocumentId, precondition: &Precondition<DocumentTag>, event: Option<&AuditEvent>) -> Result<DocumentOutcome, TenantError>;
    fn replace(tenant: &Tenant, document: &Document, precondition: &Precondition<DocumentTag>, event: Option<&AuditEvent>) -> Result<DocumentOutcome, TenantError>;
    fn import(tenant: &Tenant, batch: &Arc<Batch>) -> Result<Vec<Imported>, TenantError>;
    fn list(tenant: &Tenant, query: &DocumentQuery, size: PageSize) -> Result<Page<Document>, TenantError>;
}

/// A request for each access to documents, and the status once they are found.
fn requests(documents: &str) -> Vec<(Call, u16)> {
    let document = format!("{documents}/x");
    vec![
        (post(documents).json(&json!({"_id": "y"})), 201),
        (get(documents), 200),
        (get(&document), 200),
        (call("PUT", &document).json(&json!({"n": 2})), 200),
        (patch(&document, &json!({"n": 3})), 200),
        (import(documents), 200),
        (delete(&document), 204),
    ]
}

fn import(documents: &str) -> Call {
    let lines = json!({"_id": "z"}).to_string();
    post(&format!("{documents}/import")).header("Content-Type", "application/x-ndjson").body(lines)
}

#[actix_web::test]
async fn requests_follow_a_moving_collection_a_limited_number_of_times() {
    let clock = Arc::new(SettableClock::default());
    let store = ports(&clock).await;
    let moves = Arc::new(AtomicUsize::new(0));
    let tenants = Arc::new(MovingStore { store: store.tenants.clone(), moves: moves.clone() });
    let server = Server::over(Ports { tenants, ..store }, clock, Signup::Open).await;
    let ada = server.member("Acme", "ada@example.com").await;
    let documents = format!("{}/documents", ada.path);
    let first = post(&documents).json(&json!({"_id": "x", "n": 1}));
    assert_eq!(server.send(first.token(&ada.token)).await.status, 201);
    let all = get(&documents).token(&ada.token);
    let before = server.send(all).await.text();
    for (request, _) in requests(&documents) {
        moves.store(MOVES, Ordering::Relaxed);
        let response = server.send(request.token(&ada.token)).await;
        assert_eq!(response.problem(503), "moving");
        assert!(response.header("retry-after").parse::<u32>().unwrap() > 0);
        assert_eq!(moves.load(Ordering::Relaxed), 0, "it looked for them again and again");
    }
    let after = server.send(get(&documents).token(&ada.token)).await.text();
    assert_eq!(after, before, "nothing was changed");
    for (request, status) in requests(&documents) {
        moves.store(MOVES - 1, Ordering::Relaxed);
        let response = server.send(request.token(&ada.token)).await;
        assert_eq!(response.status, status, "{}", response.text());
    }
}
