//! Every store port on one embedded transactional store ([redb](https://docs.rs/redb)): in memory for
//! tests, in one file for real use. One file per port, named like it in `domain::ports`.
//!
//! - Reads see the last commit and go straight to the database (`store`).
//! - Writes go through one thread that commits many of them at once, durably (`writer`).
//! - What lies in which table is written down in `tables`.

mod admin_repo;
mod attempt_repo;
mod audit_log;
mod ends;
mod idempotency_repo;
mod namespace_ledger;
mod node_registry;
mod open;
mod organization_repo;
mod records;
mod scans;
mod signed_head_repo;
mod signing_key_repo;
mod slot;
mod stop;
mod store;
mod store_probe;
mod tables;
mod tenant_store;
mod writer;

#[cfg(test)]
mod tests;

pub use open::OpenError;
pub use store::EmbeddedStore;
