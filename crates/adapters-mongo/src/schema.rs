//! Database schema: Tenantry's own collections and their indexes.

use std::time::Duration;

use bson::{Document, doc};
use domain::model::Placement;
use mongodb::options::IndexOptions;
use mongodb::{Collection, Database, IndexModel};

use crate::call::within;
use crate::mongo_error::MongoError;
use crate::open::{OpenError, SETUP_TIMEOUT};

/// `format` -> version of this layout.
pub(crate) const META: &str = "meta";
/// Organizations, encoded by [`crate::records`], with the fields for their indexes: see [`NAMES`]
/// and [`OWN_COLLECTION`].
pub(crate) const ORGANIZATIONS: &str = "organizations";
/// Admins, with [`EMAIL_KEY`].
pub(crate) const ADMINS: &str = "admins";
/// Physical names, each with the organization that owns it for ever. Entries are never removed.
pub(crate) const NAMESPACES: &str = "namespaces";
/// Idempotency keys and their responses.
pub(crate) const IDEMPOTENCY: &str = "idempotency";
/// Failed logins, and clients with a successful one.
pub(crate) const LOGIN_ATTEMPTS: &str = "login_attempts";
/// Keys that sign tokens.
pub(crate) const SIGNING_KEYS: &str = "signing_keys";
/// Keys that sign audit checkpoints.
pub(crate) const AUDIT_KEYS: &str = "audit_keys";
/// Keys that authenticate page tokens.
pub(crate) const PAGE_KEYS: &str = "page_keys";
/// Audit events, each with its [`TRAIL`] and its [`POSITION`].
pub(crate) const AUDIT_EVENTS: &str = "audit_events";
/// Audit checkpoints.
pub(crate) const AUDIT_HEADS: &str = "audit_heads";
/// Server processes, each with the time of its last heartbeat ([`LAST_HEARTBEAT`]).
pub(crate) const NODES: &str = "nodes";
/// Documents of all organizations without a dedicated collection.
pub(crate) const SHARED_DOCUMENTS: &str = Placement::SHARED;
/// Storage usage of each organization (`tenant_store::usage`).
pub(crate) const TENANT_USAGE: &str = "tenant_usage";
/// Name of tenants' documents in errors, for every collection.
pub(crate) const DOCUMENTS: &str = "documents";

/// All of these. A migration sets legacy collections of the same names aside in this order: while
/// `organizations` of another program exists, the database is not recognized as a store.
pub(crate) const ALL_COLLECTIONS: [&str; 14] = [
    META,
    ADMINS,
    NAMESPACES,
    IDEMPOTENCY,
    LOGIN_ATTEMPTS,
    SIGNING_KEYS,
    AUDIT_KEYS,
    PAGE_KEYS,
    AUDIT_EVENTS,
    AUDIT_HEADS,
    NODES,
    SHARED_DOCUMENTS,
    TENANT_USAGE,
    ORGANIZATIONS,
];

/// The slugs that an organization reserves. Absent when it reserves none, because a unique index
/// treats two empty arrays as duplicates.
pub(crate) const NAMES: &str = "names";
/// The kind under which the phase of an organization is stored.
pub(crate) const PHASE: &str = "phase.kind";
/// The name of the index of phases.
pub(crate) const PHASE_INDEX: &str = "phase";
/// Present and true while an organization has a dedicated collection, or will have one.
pub(crate) const OWN_COLLECTION: &str = "own_collection";
/// The key of an admin's e-mail address.
pub(crate) const EMAIL_KEY: &str = "email_key";
/// Outbox: events of a record that are not in the audit log yet. Absent while there are none.
pub(crate) const OUTBOX: &str = "outbox";
/// The key of the trail of an event.
pub(crate) const TRAIL: &str = "trail";
/// The position of an event in its trail.
pub(crate) const POSITION: &str = "place";
/// Time at which an event was truncated: only its key and its position are left, which no other
/// event gets for a while.
pub(crate) const TRUNCATED_AT: &str = "cut";
/// Present and true on a checkpoint after which its trail began at some time.
pub(crate) const TRAIL_START: &str = "begins";
/// The ordinal number of a signing key, in the order of creation.
pub(crate) const GENERATION: &str = "generation";
/// Present and true once a signing key or an admin is removed; the number of a key stays, and the
/// id of an admin.
pub(crate) const REMOVED: &str = "removed";
/// Time of the last heartbeat of a process, by the server's clock.
pub(crate) const LAST_HEARTBEAT: &str = "seen";

/// Time for which the positions of truncated events stay reserved: far longer than any process
/// caches the end of a trail.
const POSITION_RETENTION: Duration = Duration::from_secs(60 * 60);

/// The name of the indexes of records with an [`OUTBOX`]. They are small, and empty most of the
/// time.
pub(crate) const OUTBOX_INDEX: &str = "outbox";

/// Time for which a process that is gone stays registered.
const NODE_RETENTION: Duration = Duration::from_secs(60 * 60);

/// Handles of the collections with a fixed name.
pub(crate) struct Collections {
    pub(crate) organizations: Collection<Document>,
    pub(crate) admins: Collection<Document>,
    pub(crate) namespaces: Collection<Document>,
    pub(crate) nodes: Collection<Document>,
    pub(crate) idempotency: Collection<Document>,
    pub(crate) login_attempts: Collection<Document>,
    pub(crate) signing_keys: Collection<Document>,
    pub(crate) audit_keys: Collection<Document>,
    pub(crate) page_keys: Collection<Document>,
    pub(crate) audit_events: Collection<Document>,
    pub(crate) audit_heads: Collection<Document>,
    pub(crate) tenant_usage: Collection<Document>,
}

impl Collections {
    pub(crate) fn of(database: &Database) -> Self {
        Self {
            organizations: database.collection(ORGANIZATIONS),
            admins: database.collection(ADMINS),
            namespaces: database.collection(NAMESPACES),
            nodes: database.collection(NODES),
            idempotency: database.collection(IDEMPOTENCY),
            login_attempts: database.collection(LOGIN_ATTEMPTS),
            signing_keys: database.collection(SIGNING_KEYS),
            audit_keys: database.collection(AUDIT_KEYS),
            page_keys: database.collection(PAGE_KEYS),
            audit_events: database.collection(AUDIT_EVENTS),
            audit_heads: database.collection(AUDIT_HEADS),
            tenant_usage: database.collection(TENANT_USAGE),
        }
    }
}

/// Creates what is missing. An existing index that differs is an error, and stays unchanged.
pub(crate) async fn prepare(database: &Database) -> Result<(), OpenError> {
    match within(SETUP_TIMEOUT, database.create_collection(SHARED_DOCUMENTS)).await {
        Ok(()) | Err(MongoError::Exists) => {}
        Err(error) => return Err(error.into()),
    }
    for (collection, indexes) in indexes() {
        let documents = database.collection::<Document>(collection);
        for index in indexes {
            let name = index.options.as_ref().and_then(|options| options.name.clone());
            let index_name = name.unwrap_or_default();
            match within(SETUP_TIMEOUT, documents.create_index(index)).await {
                Ok(_) => {}
                Err(MongoError::IndexConflict(_)) => {
                    return Err(OpenError::IndexConflict { collection, index: index_name });
                }
                Err(MongoError::Duplicate) => {
                    return Err(OpenError::Duplicates { collection, index: index_name });
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

fn indexes() -> [(&'static str, Vec<IndexModel>); 11] {
    [
        (ORGANIZATIONS, organization_indexes()),
        (
            ADMINS,
            vec![
                unique("email", doc! { EMAIL_KEY: 1 }, doc! {}),
                index("organization", doc! { "organization_id": 1, "_id": 1 }, doc! {}),
                index(OUTBOX_INDEX, doc! { "organization_id": 1 }, has_outbox()),
            ],
        ),
        (
            NAMESPACES,
            vec![
                unique("claim", doc! { "organization": 1, "begun": 1 }, doc! {}),
                unique("family", doc! { "family": 1, "number": 1 }, doc! {}),
            ],
        ),
        (IDEMPOTENCY, vec![index("until", doc! { "until": 1 }, doc! {})]),
        (LOGIN_ATTEMPTS, vec![index("until", doc! { "until": 1 }, doc! {})]),
        (NODES, vec![ttl(LAST_HEARTBEAT, NODE_RETENTION, doc! {})]),
        (SIGNING_KEYS, vec![unique("generation", doc! { GENERATION: 1 }, doc! {})]),
        (AUDIT_KEYS, vec![unique("generation", doc! { GENERATION: 1 }, doc! {})]),
        (
            AUDIT_EVENTS,
            vec![
                unique("place", doc! { TRAIL: 1, POSITION: 1 }, doc! {}),
                ttl(TRUNCATED_AT, POSITION_RETENTION, doc! { TRUNCATED_AT: { "$exists": true } }),
            ],
        ),
        (PAGE_KEYS, vec![unique("generation", doc! { GENERATION: 1 }, doc! {})]),
        (
            AUDIT_HEADS,
            vec![
                index("begins", doc! { TRAIL_START: 1, "_id": 1 }, doc! { TRAIL_START: true }),
                // Servers that sign one trail concurrently use each number once.
                unique(
                    "number",
                    doc! { "_id.trail": 1, "number": 1 },
                    doc! { "number": { "$exists": true } },
                ),
            ],
        ),
    ]
}

fn organization_indexes() -> Vec<IndexModel> {
    let leased = doc! { "lease_until": { "$type": "date" } };
    vec![
        unique("names", doc! { NAMES: 1 }, doc! { NAMES: { "$exists": true } }),
        index("lease", doc! { "lease_until": 1 }, leased),
        index(
            "own_collection",
            doc! { OWN_COLLECTION: 1, "_id": 1 },
            doc! { OWN_COLLECTION: true },
        ),
        index(PHASE_INDEX, doc! { PHASE: 1, "_id": 1 }, doc! {}),
        // The indexed key never changes.
        index(OUTBOX_INDEX, doc! { "created_at": 1 }, has_outbox()),
    ]
}

fn has_outbox() -> Document {
    doc! { OUTBOX: { "$exists": true } }
}

fn unique(name: &str, keys: Document, filter: Document) -> IndexModel {
    let mut model = index(name, keys, filter);
    if let Some(options) = &mut model.options {
        options.unique = Some(true);
    }
    model
}

/// An index of the documents that `filter` matches; of all, when it is empty.
fn index(name: &str, keys: Document, filter: Document) -> IndexModel {
    let mut options = IndexOptions::default();
    options.name = Some(name.to_owned());
    options.partial_filter_expression = (!filter.is_empty()).then_some(filter);
    IndexModel::builder().keys(keys).options(options).build()
}

/// A TTL index of times: the server removes documents `lifetime` after that time.
fn ttl(time: &str, lifetime: Duration, filter: Document) -> IndexModel {
    let mut model = index(time, doc! { time: 1 }, filter);
    if let Some(options) = &mut model.options {
        options.expire_after = Some(lifetime);
    }
    model
}
