//! All store ports on one embedded transactional store ([redb](https://docs.rs/redb)): in memory
//! for tests, in one file for production. The module of a port is named as in `domain::ports`.
//!
//! - Reads see the last commit and access the database directly (`store`).
//! - Writes go through one thread that commits many of them together, durably (`writer`).
//! - `tables` documents the content of each table.

mod admin_repo;
mod attempt_repo;
mod audit_log;
mod checkpoint_repo;
mod database_cell;
mod expiry;
mod idempotency_repo;
mod namespace_ledger;
mod node_registry;
mod open;
mod organization_repo;
mod records;
mod scans;
mod signing_key_repo;
mod store;
mod store_probe;
mod tables;
mod tenant_store;
mod tx_error;
mod writer;

#[cfg(test)]
mod tests;

pub use open::{OpenError, check_external_file};
pub use store::EmbeddedStore;
