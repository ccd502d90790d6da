//! Repository of admin records.

use async_trait::async_trait;

use super::{StoreError, WriteError};
use crate::model::{Admin, AdminId, AuditEvent, EmailKey, OrganizationId, Page, PageSize, Version};

/// Repository of admin records. A write MUST be atomic, and durable before it is acknowledged.
#[async_trait]
pub trait AdminRepo: Send + Sync {
    /// Inserts a record.
    ///
    /// MUST refuse with [`WriteError::Taken`] when an admin with another id has an
    /// address with the same key. MUST succeed and change nothing when the id exists already, or
    /// was removed before ([`AdminRepo::remove`]): a late retry must not resurrect an admin.
    async fn insert(&self, admin: &Admin) -> Result<(), WriteError>;

    /// MUST return the record with this id, and none for an unknown id.
    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError>;

    /// MUST return the record whose address has this key.
    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError>;

    /// Replaces the record of the same id with `next`.
    ///
    /// MUST refuse with [`WriteError::Stale`] and change nothing unless the stored version is
    /// `expected`. MUST refuse with [`WriteError::Taken`] and change nothing when the new address
    /// belongs to another admin. MUST release an address that is no longer used.
    ///
    /// MUST store `events` for the [`AuditLog`] in the same write and in their order, and none of
    /// them when it refuses.
    ///
    /// [`AuditLog`]: super::AuditLog
    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError>;

    /// Removes a record and releases its address.
    ///
    /// MUST refuse with [`WriteError::Stale`] when the stored version is not `expected`. MUST
    /// succeed when the record does not exist. Events that were stored with the record MUST be in
    /// the log before this returns.
    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError>;

    /// MUST list exactly the admins of `organization`, in ascending order of ids, beginning with
    /// the first one after `after`.
    async fn list(
        &self,
        organization: &OrganizationId,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError>;

    /// MUST return the exact number of admins of `organization`.
    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError>;

    /// MUST list all admins of all organizations, in ascending order of ids, beginning with the
    /// first one after `after`. An unreadable record MUST fail the page that contains it, and no
    /// other page.
    async fn all(&self, after: Option<&AdminId>, size: PageSize)
    -> Result<Page<Admin>, StoreError>;

    /// MUST remove all admins of `organization` and no others, and release their addresses. MUST
    /// succeed when there are none. Events that were stored with the records MUST be in the log
    /// before this returns.
    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError>;
}
