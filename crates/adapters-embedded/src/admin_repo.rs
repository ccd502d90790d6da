//! [`AdminRepo`]: records, with indexes by address and by organization.

use std::ops::Bound;

use async_trait::async_trait;
use domain::model::{
    Admin, AdminId, AuditEvent, EmailKey, EncodedEvent, OrganizationId, Page, PageSize, Version,
};
use domain::ports::{AdminRepo, StoreError, WriteError};
use redb::{ReadTransaction, ReadableTable, StorageError, TableHandle, WriteTransaction};

use crate::audit_log::EventAppend;
use crate::records::{after, decoded, encode, find, follow, page};
use crate::store::EmbeddedStore;
use crate::tables::{ADMIN_EMAILS, ADMINS, ORGANIZATION_ADMINS, REMOVED_ADMINS};
use crate::tx_error::TxError;

#[async_trait]
impl AdminRepo for EmbeddedStore {
    async fn insert(&self, admin: &Admin) -> Result<(), WriteError> {
        let new = admin.clone();
        self.write(move |tx| insert(tx, &new)).await
    }

    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError> {
        self.read(|tx| find(&tx.open_table(ADMINS)?, ADMINS.name(), id.as_str()))
    }

    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError> {
        self.read(|tx| {
            let Some(id) = tx.open_table(ADMIN_EMAILS)?.get(key.as_str())? else {
                return Ok(None);
            };
            follow(&tx.open_table(ADMINS)?, ADMINS.name(), id.value()).map(Some)
        })
    }

    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let (next, events) =
            (next.clone(), events.iter().map(EncodedEvent::of).collect::<Vec<_>>());
        self.write(move |tx| replace(tx, &next, expected, &events)).await
    }

    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError> {
        let id = id.clone();
        self.write(move |tx| remove(tx, &id, expected)).await
    }

    async fn list(
        &self,
        organization: &OrganizationId,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError> {
        self.read(|tx| list(tx, organization, after, size))
    }

    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError> {
        self.read(|tx| {
            let members = tx.open_table(ORGANIZATION_ADMINS)?;
            let all = members_after(&members, organization, None)?;
            Ok(all.collect::<Result<Vec<_>, _>>()?.len() as u64)
        })
    }

    async fn all(&self, last: Option<&AdminId>, size: PageSize) -> Result<Page<Admin>, StoreError> {
        self.read(|tx| {
            let admins = tx.open_table(ADMINS)?;
            let entries = admins.range::<&str>(after(last.map(AdminId::as_str)))?;
            page(decoded(entries, ADMINS.name()), size)
        })
    }

    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let organization = organization.clone();
        self.write(move |tx| remove_all(tx, &organization)).await
    }
}

fn insert(tx: &WriteTransaction, new: &Admin) -> Result<(), TxError<WriteError>> {
    let json = encode(new)?;
    let (id, email) = (new.id().as_str(), new.email().key());
    let mut admins = tx.open_table(ADMINS)?;
    if admins.get(id)?.is_some() || tx.open_table(REMOVED_ADMINS)?.get(id)?.is_some() {
        return Ok(());
    }
    let mut emails = tx.open_table(ADMIN_EMAILS)?;
    if emails.get(email.as_str())?.is_some() {
        return Err(TxError::Refused(WriteError::Taken));
    }
    emails.insert(email.as_str(), id)?;
    let organization = new.organization_id().as_str();
    tx.open_table(ORGANIZATION_ADMINS)?.insert((organization, id), email.as_str())?;
    admins.insert(id, json.as_slice())?;
    Ok(())
}

fn replace(
    tx: &WriteTransaction,
    next: &Admin,
    expected: Version,
    events: &[EncodedEvent],
) -> Result<(), TxError<WriteError>> {
    let json = encode(next)?;
    let mut admins = tx.open_table(ADMINS)?;
    let stored: Option<Admin> = find(&admins, ADMINS.name(), next.id().as_str())?;
    let stored = stored.filter(|stored| stored.version() == expected);
    let stored = stored.ok_or(TxError::Refused(WriteError::Stale))?;
    let append = EventAppend::with_change(tx, events)?;
    if stored.email().key() != next.email().key() {
        move_address(tx, &stored, next)?;
    }
    admins.insert(next.id().as_str(), json.as_slice())?;
    append.write(tx)
}

/// Releases the address of `old`, and reserves that of `next`.
fn move_address(
    tx: &WriteTransaction,
    old: &Admin,
    next: &Admin,
) -> Result<(), TxError<WriteError>> {
    let (id, key) = (next.id().as_str(), next.email().key());
    let mut emails = tx.open_table(ADMIN_EMAILS)?;
    if emails.get(key.as_str())?.is_some() {
        return Err(TxError::Refused(WriteError::Taken));
    }
    emails.remove(old.email().key().as_str())?;
    emails.insert(key.as_str(), id)?;
    let organization = next.organization_id().as_str();
    tx.open_table(ORGANIZATION_ADMINS)?.insert((organization, id), key.as_str())?;
    Ok(())
}

fn remove(
    tx: &WriteTransaction,
    id: &AdminId,
    expected: Version,
) -> Result<(), TxError<WriteError>> {
    let mut admins = tx.open_table(ADMINS)?;
    let stored: Option<Admin> = find(&admins, ADMINS.name(), id.as_str())?;
    let Some(stored) = stored else { return Ok(()) };
    if stored.version() != expected {
        return Err(TxError::Refused(WriteError::Stale));
    }
    let organization = stored.organization_id().as_str();
    tx.open_table(ORGANIZATION_ADMINS)?.remove((organization, id.as_str()))?;
    tx.open_table(ADMIN_EMAILS)?.remove(stored.email().key().as_str())?;
    admins.remove(id.as_str())?;
    tx.open_table(REMOVED_ADMINS)?.insert(id.as_str(), ())?;
    Ok(())
}

fn list(
    tx: &ReadTransaction,
    organization: &OrganizationId,
    after: Option<&AdminId>,
    size: PageSize,
) -> Result<Page<Admin>, TxError<StoreError>> {
    let members = tx.open_table(ORGANIZATION_ADMINS)?;
    let admins = tx.open_table(ADMINS)?;
    let ids = members_after(&members, organization, after)?;
    page(ids.map(|member| follow(&admins, ADMINS.name(), &member?.0)), size)
}

fn remove_all(
    tx: &WriteTransaction,
    organization: &OrganizationId,
) -> Result<(), TxError<StoreError>> {
    let mut members = tx.open_table(ORGANIZATION_ADMINS)?;
    let all = members_after(&members, organization, None)?.collect::<Result<Vec<_>, _>>()?;
    let mut admins = tx.open_table(ADMINS)?;
    let mut emails = tx.open_table(ADMIN_EMAILS)?;
    for (id, email) in all {
        members.remove((organization.as_str(), id.as_str()))?;
        emails.remove(email.as_str())?;
        admins.remove(id.as_str())?;
    }
    Ok(())
}

/// The ids of the admins of `organization` and the keys of their addresses, beginning with the
/// first after `after`.
fn members_after<'a>(
    members: &'a impl ReadableTable<(&'static str, &'static str), &'static str>,
    organization: &'a OrganizationId,
    after: Option<&AdminId>,
) -> Result<impl Iterator<Item = Result<(String, String), StorageError>> + 'a, StorageError> {
    let first = (organization.as_str(), after.map_or("", AdminId::as_str));
    let entries = members.range((Bound::Excluded(first), Bound::Unbounded))?;
    let own = entries.take_while(|entry| {
        let of_it = |organization_id| organization_id == organization.as_str();
        entry.as_ref().map_or(true, |(key, _)| of_it(key.value().0))
    });
    Ok(own.map(|entry| {
        let (key, email) = entry?;
        Ok((key.value().1.to_owned(), email.value().to_owned()))
    }))
}
