//! Tenants' documents.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::StoreError;
use crate::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, Excess,
    Imported, OrganizationId, Page, PageSize, Placement, PositionTooLarge, Precondition, Tenant,
    Usage,
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
    /// There would be more than the tenant's quota allows.
    #[error("there would be too much")]
    Full(Excess),
    /// A document has no position in the requested order.
    #[error(transparent)]
    PositionTooLarge(#[from] PositionTooLarge),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a change to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentOutcome {
    /// It was made.
    Done,
    /// There was no such document.
    Absent,
    /// The precondition does not hold; nothing was changed.
    Stale,
}

/// Tenants' collections and the documents in them. Each access needs a [`Tenant`], and MUST reach no
/// documents but that tenant's. A write MUST be durable before it is acknowledged. An access to a
/// collection that is not there MUST fail with [`TenantError::Moved`] and MUST NOT create it; so MUST
/// one with the uuid of another collection that has, or had, the name.
///
/// The shared collection is always there, and no name leads to it.
///
/// A write that would take the tenant from what there is to more than its quota ([`StorageQuota::check`]) MUST fail with
/// [`TenantError::Full`] and change nothing, whatever is written at the same time. What the handle says of the quota
/// counts, not what the organization's record says by now.
///
/// [`StorageQuota::check`]: crate::model::StorageQuota::check
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// MUST create the collection, and change nothing when it is there already. MUST answer with the
    /// placement to keep: what was asked for, and the uuid of the collection where the store has one.
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError>;

    /// MUST move all documents of `tenant` to the collection `to`, atomically and at a cost that does
    /// not grow with their number, and answer with the placement to keep. MUST succeed when that is done
    /// already; what was put into a collection that came to be under the old name since MUST be moved
    /// too, and that collection removed. MUST fail with [`TenantError::Moved`] when neither collection
    /// is there, and when `tenant` lies in the shared collection.
    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError>;

    /// MUST remove all documents with the collection that holds no others, and what is counted of them, and succeed
    /// when they are gone already.
    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// MUST list the own collection of every tenant, in ascending order, from the first after `after`.
    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError>;

    /// MUST list every organization that has documents in the shared collection, in ascending order of
    /// ids, from the first after `after`.
    async fn sharers(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError>;

    /// Adds a document. MUST refuse with [`TenantError::Exists`] when its id is there. In the shared
    /// collection it MUST fail with [`TenantError::Moved`], and leave nothing behind, once the
    /// organization's record says that the organization is to be deleted or lies elsewhere.
    ///
    /// MUST have `event` in the [`AuditLog`](super::AuditLog) before it acknowledges, and not when it refuses.
    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError>;

    /// MUST return the document exactly as it was inserted, and nothing for an unknown id.
    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError>;

    /// Removes a document when `precondition` holds for it, in one atomic step.
    ///
    /// MUST have `event` in the [`AuditLog`](super::AuditLog) before it says [`DocumentOutcome::Done`], and not when
    /// it says anything else.
    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError>;

    /// Puts a document in the place of the one with its id, when `precondition` holds for that, in one atomic step. In
    /// the shared collection it MUST fail as [`Self::insert`] does.
    ///
    /// MUST have `event` in the [`AuditLog`](super::AuditLog) before it says [`DocumentOutcome::Done`], and not when it
    /// says anything else.
    async fn replace(
        &self,
        tenant: &Tenant,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError>;

    /// Writes the documents of a batch, one after the other, each as the mode of the batch has it for one whose id is
    /// there or not ([`ImportMode::decide`]), and MUST say of each what became of it. The batch is refused as a whole
    /// when all of it would exceed the quota; in the shared collection it MUST fail as [`Self::insert`] does. When it
    /// fails otherwise, a part of it may have been written.
    ///
    /// MUST have the event of what was done ([`Batch::event`]) in the [`AuditLog`](super::AuditLog) before it
    /// acknowledges.
    ///
    /// [`ImportMode::decide`]: crate::model::ImportMode::decide
    async fn import(
        &self,
        tenant: &Tenant,
        batch: &Arc<Batch>,
    ) -> Result<Vec<Imported>, TenantError>;

    /// MUST tell how much there is, at a cost that does not grow with it; nothing, where there is no such tenant. MUST
    /// count all that was acknowledged and is still there; what was being written when a process ended, or a write
    /// failed, may be counted although it is not there.
    async fn usage(&self, tenant: &Tenant) -> Result<Usage, StoreError>;

    /// MUST list the documents that pass the filter of `query` ([`Filter::matches`]), in its order ([`Sort::compare`]; of
    /// ids by code point), from the first after its position.
    ///
    /// A query that takes too much work fails with [`StoreError::TooExpensive`], and one of a tenant with too many
    /// concurrent queries with [`StoreError::Saturated`]; neither affects other tenants.
    ///
    /// A page MUST end before the documents on it exceed [`Page::MAX_BYTES`], but not before the first. MUST refuse with
    /// [`TenantError::PositionTooLarge`] when a document that passes the filter has no position in the order
    /// ([`Sort::position`]), wherever it would be.
    ///
    /// [`Filter::matches`]: crate::model::Filter::matches
    /// [`Sort::compare`]: crate::model::Sort::compare
    /// [`Sort::position`]: crate::model::Sort::position
    async fn list(
        &self,
        tenant: &Tenant,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError>;
}
