//! [`OrganizationRepo`]: records, with indexes of reserved slugs, pending work, dedicated
//! collections and public organizations.

use async_trait::async_trait;
use domain::model::{
    AuditEvent, EncodedEvent, Organization, OrganizationId, Page, PageSize, Slug, Timestamp,
    Version,
};
use domain::ports::{OrganizationFilter, OrganizationRepo, Requester, StoreError, WriteError};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata, TableHandle, WriteTransaction};

use crate::audit_log::EventAppend;
use crate::records::{after, decode, decoded, encode, find, follow, page, parse_text};
use crate::store::EmbeddedStore;
use crate::tables::{
    ORGANIZATION_SLUGS, ORGANIZATIONS, OWN_COLLECTIONS, PENDING_ORGANIZATIONS, PUBLIC_ORGANIZATIONS,
};
use crate::tx_error::TxError;

#[async_trait]
impl OrganizationRepo for EmbeddedStore {
    async fn insert(&self, organization: &Organization) -> Result<(), WriteError> {
        let new = organization.clone();
        self.write(move |tx| insert(tx, &new)).await
    }

    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.read(|tx| stored(&tx.open_table(ORGANIZATIONS)?, id))
    }

    async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, StoreError> {
        self.read(|tx| {
            let Some(id) = tx.open_table(ORGANIZATION_SLUGS)?.get(slug.as_str())? else {
                return Ok(None);
            };
            let organizations = tx.open_table(ORGANIZATIONS)?;
            follow(&organizations, ORGANIZATIONS.name(), id.value()).map(Some)
        })
    }

    async fn replace(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let (next, events) =
            (next.clone(), events.iter().map(EncodedEvent::of).collect::<Vec<_>>());
        self.write(move |tx| replace(tx, &next, expected, &events)).await
    }

    async fn remove(&self, id: &OrganizationId, expected: Version) -> Result<(), WriteError> {
        let id = id.clone();
        self.write(move |tx| remove(tx, &id, expected)).await
    }

    async fn list(
        &self,
        filter: &OrganizationFilter,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        let (filter, after) = (filter.clone(), after.cloned());
        // A filter that few records pass reads all of them.
        self.scan(Requester::Installation, move |tx, _| list(tx, &filter, after.as_ref(), size))
            .await
    }

    async fn list_public(
        &self,
        requester: &Requester,
        after: Option<&OrganizationId>,
        skip: u64,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        let (requester, after) = (requester.clone(), after.cloned());
        self.scan(requester, move |tx, _| list_public(tx, after.as_ref(), skip, size)).await
    }

    async fn count_dedicated(&self) -> Result<u64, StoreError> {
        self.read(|tx| Ok(tx.open_table(OWN_COLLECTIONS)?.len()?))
    }

    async fn pending(
        &self,
        deadline: Option<Timestamp>,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.read(|tx| pending(tx, deadline, after, size))
    }
}

fn insert(tx: &WriteTransaction, new: &Organization) -> Result<(), TxError<WriteError>> {
    let json = encode(new)?;
    let mut organizations = tx.open_table(ORGANIZATIONS)?;
    match stored::<WriteError>(&organizations, new.id())? {
        Some(stored) if stored == *new => return Ok(()),
        Some(_) => return Err(TxError::Refused(WriteError::Stale)),
        None => {}
    }
    move_slugs(tx, None, new)?;
    index(tx, new)?;
    organizations.insert(new.id().as_str(), json.as_slice())?;
    Ok(())
}

fn replace(
    tx: &WriteTransaction,
    next: &Organization,
    expected: Version,
    events: &[EncodedEvent],
) -> Result<(), TxError<WriteError>> {
    let json = encode(next)?;
    let mut organizations = tx.open_table(ORGANIZATIONS)?;
    let stored = stored(&organizations, next.id())?
        .filter(|stored| stored.version() == expected)
        .ok_or(TxError::Refused(WriteError::Stale))?;
    let append = EventAppend::with_change(tx, events)?;
    move_slugs(tx, Some(&stored), next)?;
    index(tx, next)?;
    organizations.insert(next.id().as_str(), json.as_slice())?;
    append.write(tx)
}

fn remove(
    tx: &WriteTransaction,
    id: &OrganizationId,
    expected: Version,
) -> Result<(), TxError<WriteError>> {
    let mut organizations = tx.open_table(ORGANIZATIONS)?;
    let Some(stored) = stored(&organizations, id)? else { return Ok(()) };
    if stored.version() != expected {
        return Err(TxError::Refused(WriteError::Stale));
    }
    let mut slugs = tx.open_table(ORGANIZATION_SLUGS)?;
    for slug in stored.reserved_slugs() {
        slugs.remove(slug.as_str())?;
    }
    tx.open_table(PENDING_ORGANIZATIONS)?.remove(id.as_str())?;
    tx.open_table(OWN_COLLECTIONS)?.remove(id.as_str())?;
    tx.open_table(PUBLIC_ORGANIZATIONS)?.remove(id.as_str())?;
    organizations.remove(id.as_str())?;
    Ok(())
}

/// Reserves the slugs of `next` instead of those of `stored`, unless other records have them.
fn move_slugs(
    tx: &WriteTransaction,
    stored: Option<&Organization>,
    next: &Organization,
) -> Result<(), TxError<WriteError>> {
    let mut slugs = tx.open_table(ORGANIZATION_SLUGS)?;
    for slug in next.reserved_slugs() {
        let holder = slugs.get(slug.as_str())?;
        if holder.is_some_and(|holder| holder.value() != next.id().as_str()) {
            return Err(TxError::Refused(WriteError::Taken));
        }
    }
    for slug in stored.into_iter().flat_map(Organization::reserved_slugs) {
        slugs.remove(slug.as_str())?;
    }
    for slug in next.reserved_slugs() {
        slugs.insert(slug.as_str(), next.id().as_str())?;
    }
    Ok(())
}

/// Updates the indexes of pending work, dedicated collections and public organizations.
fn index(tx: &WriteTransaction, organization: &Organization) -> Result<(), TxError<WriteError>> {
    let mut pending = tx.open_table(PENDING_ORGANIZATIONS)?;
    let id = organization.id().as_str();
    if organization.is_pending() {
        let lease = organization.lease_until().map_or(i64::MIN, Timestamp::unix_millis);
        pending.insert(id, lease)?;
    } else {
        pending.remove(id)?;
    }
    let mut own_collections = tx.open_table(OWN_COLLECTIONS)?;
    if organization.has_own_collection() {
        own_collections.insert(id, ())?;
    } else {
        own_collections.remove(id)?;
    }
    let mut public = tx.open_table(PUBLIC_ORGANIZATIONS)?;
    if organization.is_public() {
        public.insert(id, ())?;
    } else {
        public.remove(id)?;
    }
    Ok(())
}

/// Builds the index of public organizations.
pub(crate) fn index_public(tx: &WriteTransaction) -> Result<(), redb::Error> {
    let mut public = tx.open_table(PUBLIC_ORGANIZATIONS)?;
    for entry in tx.open_table(ORGANIZATIONS)?.iter()? {
        let (id, json) = entry?;
        // An unreadable record can't be public.
        let stored = decode::<Organization>(ORGANIZATIONS.name(), id.value(), json.value());
        if stored.is_ok_and(|organization| organization.is_public()) {
            public.insert(id.value(), ())?;
        }
    }
    Ok(())
}

fn list(
    tx: &ReadTransaction,
    filter: &OrganizationFilter,
    last: Option<&OrganizationId>,
    size: PageSize,
) -> Result<Page<Organization>, TxError<StoreError>> {
    let organizations = tx.open_table(ORGANIZATIONS)?;
    let entries = organizations.range::<&str>(after(last.map(OrganizationId::as_str)))?;
    let passing = decoded(entries, ORGANIZATIONS.name())
        .filter(|found| found.as_ref().map_or(true, |organization| passes(filter, organization)));
    page(passing, size)
}

/// Skipped records cost only their index entries, of a few bytes each.
fn list_public(
    tx: &ReadTransaction,
    last: Option<&OrganizationId>,
    skip: u64,
    size: PageSize,
) -> Result<Page<Organization>, TxError<StoreError>> {
    let (public, organizations) =
        (tx.open_table(PUBLIC_ORGANIZATIONS)?, tx.open_table(ORGANIZATIONS)?);
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    let ids = public.range::<&str>(after(last.map(OrganizationId::as_str)))?.skip(skip);
    page(ids.map(|id| follow(&organizations, ORGANIZATIONS.name(), id?.0.value())), size)
}

fn pending(
    tx: &ReadTransaction,
    deadline: Option<Timestamp>,
    last: Option<&OrganizationId>,
    size: PageSize,
) -> Result<Page<OrganizationId>, TxError<StoreError>> {
    let pending = tx.open_table(PENDING_ORGANIZATIONS)?;
    let deadline = deadline.map(Timestamp::unix_millis);
    let due = pending.range::<&str>(after(last.map(OrganizationId::as_str)))?.filter(|entry| {
        let expired = |lease| deadline.is_none_or(|deadline| lease < deadline);
        entry.as_ref().map_or(true, |(_, lease)| expired(lease.value()))
    });
    let parse = |id: &str| Ok(parse_text(PENDING_ORGANIZATIONS.name(), id, id)?);
    page(due.map(|entry| parse(entry?.0.value())), size)
}

fn stored<E: From<StoreError>>(
    organizations: &impl ReadableTable<&'static str, &'static [u8]>,
    id: &OrganizationId,
) -> Result<Option<Organization>, TxError<E>> {
    find(organizations, ORGANIZATIONS.name(), id.as_str())
}

fn passes(filter: &OrganizationFilter, organization: &Organization) -> bool {
    filter.status.is_none_or(|status| organization.status() == status)
        && filter
            .slug_contains
            .as_ref()
            .is_none_or(|part| organization.slug().as_str().contains(part.as_str()))
        && (!filter.own_collection || organization.has_own_collection())
}
