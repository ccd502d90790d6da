//! Organizations' records.

use async_trait::async_trait;

use super::{Requester, StoreError, WriteError};
use crate::model::{
    AuditEvent, Organization, OrganizationId, Page, PageSize, Slug, Status, Timestamp, Version,
};

/// Which organizations to list.
#[derive(Debug, Clone, Default)]
pub struct OrganizationFilter {
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those whose key contains this text (itself the key of what was asked for).
    pub slug_contains: Option<String>,
    /// Only those that have, or are to get, a collection of their own.
    pub own_collection: bool,
}

/// Organizations' records. A write MUST be durable before it is acknowledged, and atomic: a failure
/// leaves either all of it or nothing.
#[async_trait]
pub trait OrganizationRepo: Send + Sync {
    /// Adds a record.
    ///
    /// MUST refuse with [`WriteError::Taken`] when one of its reserved slugs is reserved by another
    /// record. MUST succeed, and change nothing, when the very same record is there already.
    /// MUST refuse with [`WriteError::Stale`] when the id is there with another content.
    async fn insert(&self, organization: &Organization) -> Result<(), WriteError>;

    /// MUST find a record by its id in every phase, and nothing for an unknown id.
    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError>;

    /// MUST find the record that reserves `slug`: by its present or its next name, and none by a
    /// name given up or of a deleted organization.
    async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, StoreError>;

    /// Puts `next` in the place of the record of the same id.
    ///
    /// MUST refuse with [`WriteError::Stale`], and change nothing, unless the stored version is
    /// `expected`; MUST refuse with [`WriteError::Taken`] as [`OrganizationRepo::insert`] does.
    /// MUST free the slugs that `next` no longer reserves.
    ///
    /// MUST keep `events` in this order and in the same write, for the [`AuditLog`], and keep none of them
    /// when it refuses.
    ///
    /// [`AuditLog`]: super::AuditLog
    async fn replace(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError>;

    /// Removes a record and frees its slugs.
    ///
    /// MUST refuse with [`WriteError::Stale`] when the stored version is not `expected`. MUST succeed
    /// when there is no such record. Events that were kept with it MUST be in the log by then.
    async fn remove(&self, id: &OrganizationId, expected: Version) -> Result<(), WriteError>;

    /// MUST list, in ascending order of ids and from the first one after `after`, exactly the records
    /// that pass `filter`. A record that can't be read fails the page that it is on, and no other.
    async fn list(
        &self,
        filter: &OrganizationFilter,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError>;

    /// MUST list, in ascending order of ids and from the first one after `after`, exactly the records that anybody
    /// may know of ([`Organization::is_shown`]), but for the first `skip` of them. MUST NOT read what it leaves
    /// out: a record there that can't be read fails nothing. Unauthenticated clients may call it: calls of one
    /// `requester` MUST NOT keep those of others waiting.
    async fn shown(
        &self,
        requester: &Requester,
        after: Option<&OrganizationId>,
        skip: u64,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError>;

    /// MUST tell how many records have, or are to get, a collection of their own
    /// ([`Organization::has_own_collection`]), acknowledged ones of concurrent callers included.
    async fn own_collections(&self) -> Result<u64, StoreError>;

    /// MUST list the ids of the records in a pending phase whose lease ended before `deadline`, or of all
    /// of them without one; never of a settled record. In ascending order, after `after`. A record that
    /// can't be read MUST NOT keep the others from being listed.
    async fn pending(
        &self,
        deadline: Option<Timestamp>,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError>;
}
