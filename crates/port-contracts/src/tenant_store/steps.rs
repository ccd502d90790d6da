//! Steps that several contracts of [`TenantStore`] share.

use std::sync::Arc;

use domain::model::{Document, DocumentQuery, ImportMode, Imported, Tenant, Usage};
use domain::ports::TenantStore;

use crate::fixtures::{batch, collection, page_of, sharer, tenant, tenant_at};
use crate::trails::HasAuditLog;

/// A store of documents together with the log of their events.
pub trait DocumentStore: TenantStore + HasAuditLog + 'static {}

impl<S: TenantStore + HasAuditLog + 'static> DocumentStore for S {}

pub(super) type Store = Arc<dyn DocumentStore>;

/// Creates the collection of `tenant`, and returns the handle to it.
pub(super) async fn create(store: &Store, tenant: &Tenant) -> Tenant {
    tenant_at(tenant.organization(), store.create(tenant).await.unwrap())
}

/// Renames the collection of `tenant`, and returns the handle to it.
pub(super) async fn rename(store: &Store, tenant: &Tenant, to: &str) -> Tenant {
    let placement = store.rename(tenant, &collection(to)).await.unwrap();
    tenant_at(tenant.organization(), placement)
}

/// A tenant with a dedicated collection, and one in the shared collection.
pub(super) async fn both(store: &Store) -> [Tenant; 2] {
    [create(store, &tenant("own", "org_own")).await, sharer("sharer")]
}

pub(super) async fn insert(store: &Store, tenant: &Tenant, document: &Document) {
    store.insert(tenant, document, None).await.unwrap();
}

/// Writes these documents in one batch.
pub(super) async fn import(
    store: &Store,
    tenant: &Tenant,
    mode: ImportMode,
    documents: &[Document],
) -> Vec<Imported> {
    store.import(tenant, &batch("imported", tenant, mode, documents)).await.unwrap()
}

/// The counted usage is exactly that of `expected`.
pub(super) async fn assert_usage(store: &Store, tenant: &Tenant, expected: &[&Document]) {
    let expected = expected.iter().map(|it| Usage::of(it)).fold(Usage::default(), Usage::plus);
    assert_eq!(store.usage(tenant).await.unwrap(), expected, "{tenant:?}");
}

pub(super) async fn ids(store: &Store, tenant: &Tenant) -> Vec<String> {
    let page = store.list(tenant, &DocumentQuery::default(), page_of(100)).await.unwrap();
    page.items.iter().map(|document| document.id().to_string()).collect()
}

/// All documents of `tenant`.
pub(super) async fn all(store: &Store, tenant: &Tenant) -> Vec<Document> {
    let (mut found, mut query) = (Vec::new(), DocumentQuery::by_id(None));
    loop {
        let page = store.list(tenant, &query, page_of(100)).await.unwrap();
        found.extend(page.items);
        if !page.more {
            return found;
        }
        query = DocumentQuery::by_id(found.last().map(Document::id));
    }
}
