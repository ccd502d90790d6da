//! Tables of the store. Each primary table holds JSON records; the others are its indexes, and are
//! written in the same transaction as their records. Keys are text in byte order, which equals code
//! point order.

use std::ops::Bound;

use domain::model::{Placement, Seq, Trail};
use redb::{
    ReadTransaction, ReadableTable, StorageError, TableDefinition, TableError, TableHandle,
    WriteTransaction,
};

/// A table of JSON records under one text key.
pub(crate) type Records<'a> = TableDefinition<'a, &'static str, &'static [u8]>;
/// A table that maps one text to another.
pub(crate) type Texts = TableDefinition<'static, &'static str, &'static str>;
/// A table of keys in the order in which their records expire.
pub(crate) type ExpiryIndex = TableDefinition<'static, (i64, &'static str), ()>;

/// A table of JSON records in the order of their positions in audit trails, by the key of the
/// trail.
pub(crate) type PositionTable = TableDefinition<'static, (&'static str, u64), &'static [u8]>;

/// `"format"` -> version of this layout.
pub(crate) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");

/// Organization id -> organization.
pub(crate) const ORGANIZATIONS: Records<'_> = TableDefinition::new("organizations");
/// Reserved slug -> organization id.
pub(crate) const ORGANIZATION_SLUGS: Texts = TableDefinition::new("organization_slugs");
/// Id of an organization in a pending phase -> the end of its lease in milliseconds since 1970.
pub(crate) const PENDING_ORGANIZATIONS: TableDefinition<'_, &str, i64> =
    TableDefinition::new("pending_organizations");

/// Ids of the organizations that have a dedicated collection, or will have one.
pub(crate) const OWN_COLLECTIONS: TableDefinition<'_, &str, ()> =
    TableDefinition::new("own_collections");

/// Ids of the public organizations.
pub(crate) const PUBLIC_ORGANIZATIONS: TableDefinition<'_, &str, ()> =
    TableDefinition::new("shown_organizations");

/// Admin id -> admin.
pub(crate) const ADMINS: Records<'_> = TableDefinition::new("admins");
/// Key of an e-mail address -> admin id.
pub(crate) const ADMIN_EMAILS: Texts = TableDefinition::new("admin_emails");
/// (Organization id, admin id) -> key of the admin's e-mail address.
pub(crate) const ORGANIZATION_ADMINS: TableDefinition<'_, (&str, &str), &str> =
    TableDefinition::new("organization_admins");

/// Physical name -> id of the organization that owns it for ever. Entries are never removed.
pub(crate) const NAMESPACES: Texts = TableDefinition::new("namespaces");
/// (Organization id, version at which the claim began) -> the assigned name.
pub(crate) const NAMESPACE_CLAIMS: TableDefinition<'_, (&str, u64), &str> =
    TableDefinition::new("namespace_claims");
/// Wanted name -> the last number assigned in its family, so that a claim needs no search.
pub(crate) const NAMESPACE_FAMILIES: TableDefinition<'_, &str, u64> =
    TableDefinition::new("namespace_families");

/// Tombstones: ids of admins that were removed one by one.
pub(crate) const REMOVED_ADMINS: TableDefinition<'_, &str, ()> =
    TableDefinition::new("removed_admins");

/// Name of an existing collection -> id of the organization whose documents it holds. A collection
/// that is not listed here does not exist, whatever tables exist.
pub(crate) const COLLECTIONS: Texts = TableDefinition::new("collections");

/// Organization id, `#` and document id -> document, of the organizations without a dedicated
/// collection.
pub(crate) const SHARED_DOCUMENTS: Records<'_> = TableDefinition::new(Placement::SHARED);

/// (Organization id, name of a table with its documents) -> their number and size in bytes.
pub(crate) const TENANT_USAGE: TableDefinition<'_, (&str, &str), (u64, u64)> =
    TableDefinition::new("tenant_usage");

/// Idempotency key with its scope -> fingerprint, expiry and response.
pub(crate) const IDEMPOTENCY: Records<'_> = TableDefinition::new("idempotency");
/// (Expiry in milliseconds since 1970, idempotency key): one entry for each record.
pub(crate) const IDEMPOTENCY_EXPIRIES: ExpiryIndex = TableDefinition::new("idempotency_ends");

/// Attempt key -> state of the attempts, and its expiry.
pub(crate) const LOGIN_ATTEMPTS: Records<'_> = TableDefinition::new("login_attempts");
/// (Expiry in milliseconds since 1970, attempt key): one entry for each record.
pub(crate) const LOGIN_ATTEMPT_EXPIRIES: ExpiryIndex = TableDefinition::new("login_attempt_ends");

/// Key id -> key that signs tokens.
pub(crate) const SIGNING_KEYS: Records<'_> = TableDefinition::new("signing_keys");
/// Key id -> key that signs audit checkpoints.
pub(crate) const AUDIT_KEYS: Records<'_> = TableDefinition::new("audit_keys");
/// Key id -> key that authenticates page tokens.
pub(crate) const PAGE_KEYS: Records<'_> = TableDefinition::new("page_keys");

/// (Key of a trail, position) -> event.
pub(crate) const AUDIT_EVENTS: PositionTable = TableDefinition::new("audit_events");
/// (Id of an event, key of its trail), for events that were appended without a record.
pub(crate) const AUDIT_EVENT_IDS: TableDefinition<'_, (&str, &str), ()> =
    TableDefinition::new("audit_event_ids");
/// (Key of a trail, position) -> checkpoint.
pub(crate) const AUDIT_SIGNED_HEADS: PositionTable = TableDefinition::new("audit_signed_heads");
/// Key of a truncated trail -> position of the checkpoint after which it begins.
pub(crate) const AUDIT_STARTS: TableDefinition<'_, &str, u64> =
    TableDefinition::new("audit_starts");

/// Name of tenants' documents in errors, for every collection.
pub(crate) const DOCUMENTS: &str = "documents";

/// The name of the table with the documents of `collection`; the prefix separates tenants' names
/// from the tables above.
pub(crate) fn documents_of(collection: &str) -> String {
    format!("{DOCUMENTS}/{collection}")
}

/// Document id -> document, in the table that [`documents_of`] names.
pub(crate) fn documents(name: &str) -> Records<'_> {
    TableDefinition::new(name)
}

/// The key of a trail, and a position in it.
type Position<'a> = (&'a str, u64);

/// The range of the positions of `trail` after `last`.
pub(crate) fn positions_after(
    trail: &Trail,
    last: Seq,
) -> (Bound<Position<'_>>, Bound<Position<'_>>) {
    let at = |seq| (trail.key(), seq);
    (Bound::Excluded(at(last.get())), Bound::Included(at(u64::MAX)))
}

/// Name of the record at a position in errors.
pub(crate) fn position_name((trail, seq): Position<'_>) -> String {
    format!("{trail}#{seq}")
}

/// Creates all tables above, so that no read finds one missing.
pub(crate) fn create_all(tx: &WriteTransaction) -> Result<(), TableError> {
    tx.open_table(META)?;
    tx.open_table(ORGANIZATIONS)?;
    tx.open_table(ORGANIZATION_SLUGS)?;
    tx.open_table(PENDING_ORGANIZATIONS)?;
    tx.open_table(OWN_COLLECTIONS)?;
    tx.open_table(PUBLIC_ORGANIZATIONS)?;
    tx.open_table(ADMINS)?;
    tx.open_table(ADMIN_EMAILS)?;
    tx.open_table(ORGANIZATION_ADMINS)?;
    tx.open_table(REMOVED_ADMINS)?;
    tx.open_table(NAMESPACES)?;
    tx.open_table(NAMESPACE_CLAIMS)?;
    tx.open_table(NAMESPACE_FAMILIES)?;
    tx.open_table(COLLECTIONS)?;
    tx.open_table(SHARED_DOCUMENTS)?;
    tx.open_table(TENANT_USAGE)?;
    tx.open_table(IDEMPOTENCY)?;
    tx.open_table(IDEMPOTENCY_EXPIRIES)?;
    tx.open_table(LOGIN_ATTEMPTS)?;
    tx.open_table(LOGIN_ATTEMPT_EXPIRIES)?;
    tx.open_table(SIGNING_KEYS)?;
    tx.open_table(AUDIT_KEYS)?;
    tx.open_table(PAGE_KEYS)?;
    tx.open_table(AUDIT_EVENTS)?;
    tx.open_table(AUDIT_EVENT_IDS)?;
    tx.open_table(AUDIT_SIGNED_HEADS)?;
    tx.open_table(AUDIT_STARTS)?;
    Ok(())
}

/// Whether a table is missing that was added without a new format: older versions of the format
/// tolerate the table, and such a store is complete as soon as it has it.
pub(crate) fn lacks_tables(tx: &ReadTransaction) -> Result<bool, StorageError> {
    let later = [
        LOGIN_ATTEMPTS.name(),
        LOGIN_ATTEMPT_EXPIRIES.name(),
        REMOVED_ADMINS.name(),
        AUDIT_KEYS.name(),
        PAGE_KEYS.name(),
        AUDIT_EVENTS.name(),
        AUDIT_EVENT_IDS.name(),
        AUDIT_SIGNED_HEADS.name(),
        AUDIT_STARTS.name(),
    ];
    Ok(tx.list_tables()?.filter(|table| later.contains(&table.name())).count() < later.len())
}

/// Fills [`OWN_COLLECTIONS`] from the existing collections.
pub(crate) fn index_own_collections(tx: &WriteTransaction) -> Result<(), redb::Error> {
    let mut own_collections = tx.open_table(OWN_COLLECTIONS)?;
    for entry in tx.open_table(COLLECTIONS)?.iter()? {
        own_collections.insert(entry?.1.value(), ())?;
    }
    Ok(())
}
