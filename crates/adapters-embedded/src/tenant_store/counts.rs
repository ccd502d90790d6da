//! Storage usage, counted in the transaction of each write. An organization has an entry for each
//! table with its documents: usually one, but late writes under a former name count, too.

use domain::model::{StorageQuota, Tenant, Usage};
use domain::ports::TenantError;
use redb::{ReadableTable, StorageError, TableError, TableHandle, WriteTransaction};

use super::collection_ref::{CollectionRef, organization_of};
use crate::tables::{COLLECTIONS, SHARED_DOCUMENTS, TENANT_USAGE, documents, documents_of};
use crate::tx_error::TxError;

/// Usage of an organization while its documents in one table change.
#[derive(Clone, Copy)]
pub(super) struct Counts<'a> {
    organization: &'a str,
    table: &'a str,
    in_table: Usage,
    in_other_tables: Usage,
}

impl<'a> Counts<'a> {
    /// The usage before a change.
    pub(super) fn of<E>(
        tx: &WriteTransaction,
        tenant: &'a Tenant,
        collection: &'a CollectionRef,
    ) -> Result<Self, TxError<E>> {
        let (organization, table) = (tenant.organization().as_str(), collection.table_name());
        let (mut in_table, mut in_other_tables) = (Usage::default(), Usage::default());
        for_each_table(&tx.open_table(TENANT_USAGE)?, organization, |other, usage| {
            let sum = if other == table { &mut in_table } else { &mut in_other_tables };
            *sum = sum.plus(usage);
        })?;
        Ok(Self { organization, table, in_table, in_other_tables })
    }

    /// The usage after `old` has become `new`.
    pub(super) fn changed(self, old: Usage, new: Usage) -> Self {
        Self { in_table: self.in_table.minus(old).plus(new), ..self }
    }

    /// Refuses a change of the usage from `before` to this, if `quota` does not allow it.
    pub(super) fn check(
        &self,
        quota: StorageQuota,
        before: &Self,
    ) -> Result<(), TxError<TenantError>> {
        let all = |counts: &Self| counts.in_table.plus(counts.in_other_tables);
        let checked = quota.check(all(before), all(self));
        checked.map_err(|excess| TxError::Refused(TenantError::Full(excess)))
    }

    /// Writes the usage. Never refuses.
    pub(super) fn write<E>(&self, tx: &WriteTransaction) -> Result<(), TxError<E>> {
        Ok(set_usage(tx, (self.organization, self.table), self.in_table)?)
    }
}

/// The total usage of an organization.
pub(super) fn sum(
    counts: &impl ReadableTable<(&'static str, &'static str), (u64, u64)>,
    organization: &str,
) -> Result<Usage, StorageError> {
    let mut sum = Usage::default();
    for_each_table(counts, organization, |_, usage| sum = sum.plus(usage))?;
    Ok(sum)
}

/// Calls back with each table that contains documents of an organization, and their usage.
fn for_each_table(
    counts: &impl ReadableTable<(&'static str, &'static str), (u64, u64)>,
    organization: &str,
    mut show: impl FnMut(&str, Usage),
) -> Result<(), StorageError> {
    for entry in counts.range::<(&str, &str)>((organization, "")..)? {
        let (key, usage) = entry?;
        let (of, table) = key.value();
        if of != organization {
            break;
        }
        show(table, usage_of(usage.value()));
    }
    Ok(())
}

/// Moves the usage `moved`, or all of it, from the table `from` to `to`.
pub(super) fn move_usage(
    tx: &WriteTransaction,
    tenant: &Tenant,
    (from, to): (&str, &str),
    moved: Option<Usage>,
) -> Result<(), TableError> {
    let organization = tenant.organization().as_str();
    let (old, new) = {
        let counts = tx.open_table(TENANT_USAGE)?;
        let at = |table| -> Result<Usage, StorageError> {
            let entry = counts.get((organization, table))?;
            Ok(entry.map_or(Usage::default(), |entry| usage_of(entry.value())))
        };
        (at(from)?, at(to)?)
    };
    let moved = moved.unwrap_or(old);
    set_usage(tx, (organization, from), old.minus(moved))?;
    set_usage(tx, (organization, to), new.plus(moved))
}

/// Removes the usage in `table`.
pub(super) fn remove_usage<E>(
    tx: &WriteTransaction,
    tenant: &Tenant,
    table: &str,
) -> Result<(), TxError<E>> {
    Ok(set_usage(tx, (tenant.organization().as_str(), table), Usage::default())?)
}

/// Counts all documents, of a store whose writers did not.
pub(crate) fn count_all(tx: &WriteTransaction) -> Result<(), redb::Error> {
    for entry in tx.open_table(COLLECTIONS)?.iter()? {
        let (name, organization) = entry?;
        let table = documents_of(name.value());
        let mut usage = Usage::default();
        for entry in tx.open_table(documents(&table))?.iter()? {
            usage = usage.plus(of_json(entry?.1.value()));
        }
        set_usage(tx, (organization.value(), &table), usage)?;
    }
    let (mut organization, mut usage) = (String::new(), Usage::default());
    for entry in tx.open_table(SHARED_DOCUMENTS)?.iter()? {
        let (key, json) = entry?;
        let next = organization_of(key.value());
        if next != organization {
            set_usage(tx, (&organization, SHARED_DOCUMENTS.name()), usage)?;
            (organization, usage) = (next.to_owned(), Usage::default());
        }
        usage = usage.plus(of_json(json.value()));
    }
    Ok(set_usage(tx, (&organization, SHARED_DOCUMENTS.name()), usage)?)
}

/// The usage of a stored document.
pub(super) fn of_json(json: &[u8]) -> Usage {
    Usage::of_size(json.len() as u64)
}

fn usage_of((documents, bytes): (u64, u64)) -> Usage {
    Usage { documents, bytes }
}

/// Zero usage has no entry.
fn set_usage(tx: &WriteTransaction, key: (&str, &str), usage: Usage) -> Result<(), TableError> {
    let mut counts = tx.open_table(TENANT_USAGE)?;
    if usage == Usage::default() {
        counts.remove(key)?;
    } else {
        counts.insert(key, (usage.documents, usage.bytes))?;
    }
    Ok(())
}
