//! Tenants' documents.

use async_trait::async_trait;
use thiserror::Error;

use super::StoreError;
use crate::model::{
    CollectionName, Document, DocumentId, DocumentTag, Page, PageSize, Precondition, Tenant,
};

/// Why documents could not be reached or written.
#[derive(Debug, Error)]
pub enum TenantError {
    /// The collection is not where the handle says: the organization was renamed or deleted since.
    #[error("the collection has moved")]
    Moved,
    /// A document with this id is there already.
    #[error("the document exists already")]
    Exists,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteOutcome {
    /// The document is gone.
    Deleted,
    /// There was none.
    Absent,
    /// The precondition does not hold; nothing was changed.
    Stale,
}

/// Tenants' collections and the documents in them. Each access needs a [`Tenant`], and MUST reach no
/// documents but that tenant's. A write MUST be durable before it is acknowledged. An access to a
/// collection that is not there MUST fail with [`TenantError::Moved`] and MUST NOT create it.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// MUST create the collection, and change nothing when it is there already.
    async fn create(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// MUST move all documents of `tenant` to the collection `to`, atomically and at a cost that does
    /// not grow with their number. MUST succeed when that is done already, and then remove an empty
    /// collection that a late [`TenantStore::create`] left behind. MUST fail with
    /// [`TenantError::Moved`] when neither collection is there.
    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<(), TenantError>;

    /// MUST remove the collection with all documents, and succeed when it is gone already.
    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// MUST list every collection of every tenant, in ascending order, from the first after `after`.
    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError>;

    /// Adds a document. MUST refuse with [`TenantError::Exists`] when its id is there.
    async fn insert(&self, tenant: &Tenant, document: &Document) -> Result<(), TenantError>;

    /// MUST return the document exactly as it was inserted, and nothing for an unknown id.
    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError>;

    /// Removes a document when `precondition` holds for it, in one atomic step.
    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
    ) -> Result<DeleteOutcome, TenantError>;

    /// MUST list all documents in ascending order of ids (by code point), from the first after `after`.
    /// A page MUST end before the documents on it exceed [`Page::MAX_BYTES`], but not before the first.
    async fn list(
        &self,
        tenant: &Tenant,
        after: Option<&DocumentId>,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError>;
}
