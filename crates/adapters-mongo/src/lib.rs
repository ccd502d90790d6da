//! All store ports on MongoDB. One file per port, named like it in `domain::ports`.
//!
//! - The only atomic unit relied on is the write of a single document: there are no transactions.
//! - Tenantry's own data is in a few collections with fixed names (`schema`); a tenant's documents
//!   are in a dedicated collection, or in the shared one (`tenant_store`).
//! - Every write is acknowledged by a majority, from its journal; every read has read concern
//!   majority, on the primary; every call has a time limit (`call`).
//! - One table classifies the server's error codes (`error`).

mod admin_repo;
mod attempt_repo;
mod audit_log;
mod call;
mod checkpoint_repo;
mod command;
mod elections;
mod group_commit;
mod idempotency_repo;
mod json;
mod legacy;
mod mongo_error;
mod namespace_ledger;
mod node_registry;
mod open;
mod organization_repo;
mod outbox;
mod records;
mod schema;
mod signing_key_repo;
mod store;
mod store_probe;
mod sweep;
mod tenant_store;
#[cfg(test)]
mod tests;

pub use legacy::{LegacyLayout, LegacyMongo};
pub use open::{MongoConfig, OpenError};
pub use store::MongoStore;
