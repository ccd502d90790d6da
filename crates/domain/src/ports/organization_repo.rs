//! Repository of organization records.

use async_trait::async_trait;

use super::{Requester, StoreError, WriteError};
use crate::model::{
    AuditEvent, Organization, OrganizationId, Page, PageSize, Slug, Status, Timestamp, Version,
};

/// Filter for a list of organizations.
#[derive(Debug, Clone, Default)]
pub struct OrganizationFilter {
    /// Only organizations with this status.
    pub status: Option<Status>,
    /// Only organizations whose slug contains this text. The caller normalizes the text like a
    /// slug.
    pub slug_contains: Option<String>,
    /// Only organizations that have a dedicated collection, or will have one when pending work
    /// ends.
    pub own_collection: bool,
}

/// Repository of organization records. A write MUST be durable before it is acknowledged, and
/// atomic: a failure leaves either all of it or nothing.
#[async_trait]
pub trait OrganizationRepo: Send + Sync {
    /// Inserts a record.
    ///
    /// MUST refuse with [`WriteError::Taken`] when another record reserves one of its slugs. MUST
    /// succeed and change nothing when the identical record exists already. MUST refuse with
    /// [`WriteError::Stale`] when the id exists with different content.
    async fn insert(&self, organization: &Organization) -> Result<(), WriteError>;

    /// MUST return the record with this id, in every phase; none for an unknown id.
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// MUST return the record that reserves `slug` as its current or its next name. MUST NOT return
    /// a record for a name that was given up, nor a deleted organization.
    async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, StoreError>;

    /// Replaces the record of the same id with `next`.
    ///
    /// MUST refuse with [`WriteError::Stale`] and change nothing unless the stored version is
    /// `expected`. MUST refuse with [`WriteError::Taken`] as [`OrganizationRepo::insert`] does.
    /// MUST release the slugs that `next` no longer reserves.
    ///
    /// MUST store `events` for the [`AuditLog`] in the same write and in this order, and none of
    /// them when it refuses.
    ///
    /// [`AuditLog`]: super::AuditLog
    async fn replace(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError>;

    /// Removes a record and releases its slugs.
    ///
    /// MUST refuse with [`WriteError::Stale`] when the stored version is not `expected`. MUST
    /// succeed when the record does not exist. Events that were stored with the record MUST be in
    /// the log before this returns.
    async fn remove(&self, id: &OrganizationId, expected: Version) -> Result<(), WriteError>;

    /// MUST list exactly the records that pass `filter`, in ascending order of ids, beginning with
    /// the first one after `after`. An unreadable record MUST fail the page that contains it, and
    /// no other page.
    async fn list(
        &self,
        filter: &OrganizationFilter,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError>;

    /// MUST list exactly the public records ([`Organization::is_public`]), in ascending order of
    /// ids, beginning with the first one after `after`, without the first `skip` of them. MUST NOT
    /// read the records that it omits (hidden or skipped): an unreadable one among them fails
    /// nothing. Unauthenticated clients may call it: calls of one `requester` MUST NOT delay those
    /// of others.
    async fn list_public(
        &self,
        requester: &Requester,
        after: Option<&OrganizationId>,
        skip: u64,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError>;

    /// MUST return the number of records that have a dedicated collection, or will have one
    /// ([`Organization::has_own_collection`]), including acknowledged writes of concurrent callers.
    async fn count_dedicated(&self) -> Result<u64, StoreError>;

    /// MUST list the ids of the records in a pending phase whose lease ended before `deadline`, or
    /// of all records in a pending phase without a deadline; never of a record without pending
    /// work. In ascending order, after `after`. An unreadable record MUST NOT prevent the others
    /// from being listed.
    async fn pending(
        &self,
        deadline: Option<Timestamp>,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError>;
}
