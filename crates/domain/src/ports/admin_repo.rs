//! Admins' records.

use async_trait::async_trait;
use thiserror::Error;

use super::{StoreError, WriteError};
use crate::model::{Admin, AdminId, AuditEvent, EmailKey, OrganizationId, Page, PageSize, Version};

/// Why an admin was not added.
#[derive(Debug, Error)]
pub enum InsertAdminError {
    /// Another admin of this installation has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Admins' records. A write MUST be durable before it is acknowledged, and atomic.
#[async_trait]
pub trait AdminRepo: Send + Sync {
    /// Adds a record.
    ///
    /// MUST refuse with [`InsertAdminError::EmailTaken`] when an admin with another id has an address
    /// with the same key. MUST succeed, and change nothing, when the id is there already, or was removed
    /// ([`AdminRepo::remove`]): whoever comes late must not bring an admin back.
    async fn insert(&self, admin: &Admin) -> Result<(), InsertAdminError>;

    /// MUST find a record by its id, and nothing for an unknown id.
    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError>;

    /// MUST find a record by the key of its address.
    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError>;

    /// Puts `next` in the place of the record of the same id.
    ///
    /// MUST refuse with [`WriteError::Stale`], and change nothing, unless the stored version is
    /// `expected`. MUST refuse with [`WriteError::Taken`], and change nothing, when its address has changed
    /// to that of another admin. MUST free an address that is given up.
    ///
    /// MUST keep `events` in the same write and in their order, for the [`AuditLog`], and none of them when it
    /// refuses.
    ///
    /// [`AuditLog`]: super::AuditLog
    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError>;

    /// Removes a record, and frees its address.
    ///
    /// MUST refuse with [`WriteError::Stale`] when the stored version is not `expected`. MUST succeed
    /// when there is no such record. Events that were kept with it MUST be in the log by then.
    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError>;

    /// MUST list exactly the admins of `organization`, in ascending order of ids and from the first
    /// one after `after`.
    async fn list(
        &self,
        organization: &OrganizationId,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError>;

    /// MUST count exactly the admins of `organization`.
    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError>;

    /// MUST list every admin of every organization, in ascending order of ids and from the first one
    /// after `after`. A record that can't be read fails the page that it is on, and no other.
    async fn all(&self, after: Option<&AdminId>, size: PageSize)
    -> Result<Page<Admin>, StoreError>;

    /// MUST remove every admin of `organization` and no other, and free their addresses. MUST succeed
    /// when there is none. Events that were kept with them MUST be in the log by then.
    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError>;
}
