//! Store of tenants' documents.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error;

use super::StoreError;
use crate::model::{
    AuditEvent, Batch, CollectionName, Document, DocumentId, DocumentQuery, DocumentTag, Excess,
    Imported, OrganizationId, Page, PageSize, Placement, PositionTooLarge, Precondition, Tenant,
    Usage,
};

/// Reasons for which documents could not be read or written.
#[derive(Debug, Error)]
pub enum TenantError {
    /// The collection is not where the handle says: the organization was renamed or deleted
    /// meanwhile.
    #[error("the collection has moved")]
    Moved,
    /// A document with this id exists already.
    #[error("the document already exists")]
    Exists,
    /// The write would exceed the tenant's storage quota.
    #[error("storage quota exceeded")]
    Full(Excess),
    /// A document has no position in the requested order.
    #[error(transparent)]
    PositionTooLarge(#[from] PositionTooLarge),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Outcome of a change to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentOutcome {
    /// The change was applied.
    Done,
    /// The document does not exist.
    Absent,
    /// The precondition does not hold; nothing was changed.
    Stale,
}

/// Tenants' collections and the documents in them. Each access needs a [`Tenant`], and MUST reach
/// the documents of that tenant only. A write MUST be durable before it is acknowledged. An access
/// to a collection that does not exist MUST fail with [`TenantError::Moved`] and MUST NOT create
/// it. The same holds when the uuid in the handle is that of another collection that has, or had,
/// the name.
///
/// The shared collection always exists, and its name belongs to no organization.
///
/// A write that would take the tenant from its present usage to more than its quota
/// ([`StorageQuota::check`]) MUST fail with [`TenantError::Full`] and change nothing, also under
/// concurrent writes. The quota in the handle decides, not the quota in the organization's current
/// record.
///
/// [`StorageQuota::check`]: crate::model::StorageQuota::check
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// MUST create the collection, and change nothing when it exists already. MUST return the
    /// placement to store: the requested one, with the uuid of the collection where the store has
    /// one.
    async fn create(&self, tenant: &Tenant) -> Result<Placement, StoreError>;

    /// MUST move all documents of `tenant` to the collection `to`, atomically and at a cost that
    /// does not depend on their number, and return the placement to store. MUST succeed when the
    /// move was completed before. If a collection appeared under the old name since, its content
    /// MUST be moved too, and that collection removed. MUST fail with [`TenantError::Moved`] when
    /// neither collection exists, and when `tenant` uses the shared collection.
    async fn rename(&self, tenant: &Tenant, to: &CollectionName) -> Result<Placement, TenantError>;

    /// MUST remove all documents of `tenant`, its dedicated collection and its usage counters. MUST
    /// succeed when they are gone already.
    async fn remove(&self, tenant: &Tenant) -> Result<(), StoreError>;

    /// MUST list the dedicated collections of all tenants, in ascending order, beginning with the
    /// first after `after`.
    async fn collections(
        &self,
        after: Option<&CollectionName>,
        size: PageSize,
    ) -> Result<Page<CollectionName>, StoreError>;

    /// MUST list every organization that has documents in the shared collection, in ascending order
    /// of ids, beginning with the first after `after`.
    async fn shared_tenants(
        &self,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError>;

    /// Inserts a document. MUST refuse with [`TenantError::Exists`] when its id exists. In the
    /// shared collection it MUST fail with [`TenantError::Moved`] and leave nothing behind once the
    /// organization's record says that the organization is being deleted or has another placement.
    ///
    /// MUST add `event` to the [`AuditLog`](super::AuditLog) before it acknowledges, and not when
    /// it refuses.
    async fn insert(
        &self,
        tenant: &Tenant,
        document: &Document,
        event: Option<&AuditEvent>,
    ) -> Result<(), TenantError>;

    /// MUST return the document exactly as it was inserted; none for an unknown id.
    async fn get(&self, tenant: &Tenant, id: &DocumentId) -> Result<Option<Document>, TenantError>;

    /// Deletes a document if `precondition` holds for it, in one atomic step.
    ///
    /// MUST add `event` to the [`AuditLog`](super::AuditLog) before it returns
    /// [`DocumentOutcome::Done`], and not when it returns anything else.
    async fn delete(
        &self,
        tenant: &Tenant,
        id: &DocumentId,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError>;

    /// Replaces the document with the same id if `precondition` holds for it, in one atomic step.
    /// In the shared collection it MUST fail as [`Self::insert`] does.
    ///
    /// MUST add `event` to the [`AuditLog`](super::AuditLog) before it returns
    /// [`DocumentOutcome::Done`], and not when it returns anything else.
    async fn replace(
        &self,
        tenant: &Tenant,
        document: &Document,
        precondition: &Precondition<DocumentTag>,
        event: Option<&AuditEvent>,
    ) -> Result<DocumentOutcome, TenantError>;

    /// Writes the documents of a batch one after the other. The batch's mode decides what happens
    /// to a document whose id exists or does not exist ([`ImportMode::decide`]). MUST return the
    /// outcome of each document. The whole batch is refused when all of it would exceed the quota;
    /// in the shared collection it MUST fail as [`Self::insert`] does. Any other failure may leave
    /// a part of the batch written.
    ///
    /// MUST add the event of the work done ([`Batch::event`]) to the [`AuditLog`](super::AuditLog)
    /// before it acknowledges.
    ///
    /// [`ImportMode::decide`]: crate::model::ImportMode::decide
    async fn import(
        &self,
        tenant: &Tenant,
        batch: &Arc<Batch>,
    ) -> Result<Vec<Imported>, TenantError>;

    /// MUST return the usage of `tenant`, at a cost that does not depend on it; zero for an unknown
    /// tenant. MUST count everything that was acknowledged and still exists. Writes in progress
    /// when a process ended, or that failed, may be counted although nothing was stored.
    async fn usage(&self, tenant: &Tenant) -> Result<Usage, StoreError>;

    /// MUST list the documents that pass the filter of `query` ([`Filter::matches`]), in its order
    /// ([`Sort::compare`]; ids by code point), beginning with the first after its position.
    ///
    /// A query that takes too much work fails with [`StoreError::TooExpensive`], and one of a
    /// tenant with too many concurrent queries with [`StoreError::Saturated`]; neither affects
    /// other tenants.
    ///
    /// A page MUST end before its documents exceed [`Page::MAX_BYTES`], but MUST contain at least
    /// one document. MUST refuse with [`TenantError::PositionTooLarge`] when any document that
    /// passes the filter has no position in the order ([`Sort::position`]), also outside the page.
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
