//! Physical location of a tenant's documents: table and keys.

use std::borrow::Cow;
use std::ops::Bound;

use domain::model::{
    DocumentId, Organization, OrganizationId, Page, PageSize, Placement, Status, Tenant,
};
use domain::ports::{StoreError, TenantError};
use redb::{Range, ReadTransaction, ReadableTable, StorageError, TableHandle, WriteTransaction};

use crate::records::{find, parse_text};
use crate::tables::{ORGANIZATIONS, Records, SHARED_DOCUMENTS, documents, documents_of};
use crate::tx_error::TxError;

use super::collections::owns;

/// Ends the organization's part of a key in the shared table. It sorts before every character of an
/// id, so that keys are in the order of ids.
const KEY_SEPARATOR: char = '#';
/// The character after [`KEY_SEPARATOR`]: all keys of the organization come before its id followed
/// by this.
const AFTER_SEPARATOR: char = '$';

/// The table that holds a tenant's documents, and the tenant's prefix of the keys.
pub(super) enum CollectionRef {
    /// A dedicated table, whose keys are the ids of the documents.
    Dedicated(String),
    /// The shared table, whose keys begin with the organization.
    Shared(OrganizationId),
}

impl CollectionRef {
    /// The location of the documents of `tenant`, according to the registry of collections.
    pub(super) fn of(
        tenant: &Tenant,
        registry: &impl ReadableTable<&'static str, &'static str>,
    ) -> Result<Self, TxError<TenantError>> {
        match tenant.placement() {
            Placement::Shared => Ok(Self::Shared(tenant.organization().clone())),
            Placement::Collection { name, .. } if owns(registry, tenant, name)? => {
                Ok(Self::Dedicated(documents_of(name.as_str())))
            }
            Placement::Collection { .. } => Err(TxError::Refused(TenantError::Moved)),
        }
    }

    /// Refuses a write that is too late according to the organization's record. A dedicated
    /// collection is no longer in the registry then.
    pub(super) fn ensure_writable(
        &self,
        tx: &WriteTransaction,
        tenant: &Tenant,
    ) -> Result<(), TxError<TenantError>> {
        let Self::Shared(id) = self else { return Ok(()) };
        let organizations = tx.open_table(ORGANIZATIONS)?;
        let record: Option<Organization> = find(&organizations, ORGANIZATIONS.name(), id.as_str())?;
        let is_deleted =
            |it: &Organization| matches!(it.status(), Status::Deleting | Status::Deleted);
        let has_moved =
            |it: &Organization| it.placement().is_some_and(|at| at != tenant.placement());
        if record.is_some_and(|it| is_deleted(&it) || has_moved(&it)) {
            return Err(TxError::Refused(TenantError::Moved));
        }
        Ok(())
    }

    pub(super) fn table(&self) -> Records<'_> {
        documents(self.table_name())
    }

    /// The name of the table.
    pub(super) fn table_name(&self) -> &str {
        match self {
            Self::Dedicated(name) => name,
            Self::Shared(_) => SHARED_DOCUMENTS.name(),
        }
    }

    pub(super) fn key<'a>(&self, id: &'a DocumentId) -> Cow<'a, str> {
        match self {
            Self::Dedicated(_) => Cow::Borrowed(id.as_str()),
            Self::Shared(organization) => Cow::Owned(format!("{organization}{KEY_SEPARATOR}{id}")),
        }
    }

    /// The tenant's entries of its table, beginning with the first after `last`.
    pub(super) fn range<'t>(
        &self,
        table: &'t impl ReadableTable<&'static str, &'static [u8]>,
        last: Option<&DocumentId>,
    ) -> Result<Range<'t, &'static str, &'static [u8]>, StorageError> {
        let after = last.map(|last| self.key(last));
        match self {
            Self::Dedicated(_) => {
                let from = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
                table.range::<&str>((from, Bound::Unbounded))
            }
            Self::Shared(organization) => {
                let first =
                    after.unwrap_or_else(|| format!("{organization}{KEY_SEPARATOR}").into());
                let end = format!("{organization}{AFTER_SEPARATOR}");
                table.range::<&str>((Bound::Excluded(&*first), Bound::Excluded(&*end)))
            }
        }
    }
}

/// The organizations with entries in the shared table. Each costs one lookup, however many it has.
pub(super) fn shared_tenants(
    tx: &ReadTransaction,
    after: Option<&OrganizationId>,
    size: PageSize,
) -> Result<Page<OrganizationId>, TxError<StoreError>> {
    let table = tx.open_table(SHARED_DOCUMENTS)?;
    let mut items: Vec<OrganizationId> = Vec::new();
    while items.len() <= size.get() {
        let past = items.last().or(after).map(|last| format!("{last}{AFTER_SEPARATOR}"));
        let from = past.as_deref().map_or(Bound::Unbounded, Bound::Included);
        let Some(entry) = table.range::<&str>((from, Bound::Unbounded))?.next() else { break };
        let entry = entry?.0;
        let key = entry.value();
        items.push(parse_text(SHARED_DOCUMENTS.name(), key, organization_of(key))?);
    }
    Ok(Page::from_overfetch(items, size))
}

/// The owner of the document under `key` of the shared table.
pub(super) fn organization_of(key: &str) -> &str {
    key.split_once(KEY_SEPARATOR).map_or(key, |(organization, _)| organization)
}
