//! What every adapter has to pass, and ports that fail on demand. For tests only, so that anything
//! unexpected is a panic.
//!
//! - One module per port, named like it. Its cases are the MUST clauses of the port's documentation;
//!   its macro makes a `#[tokio::test]` of each, given an expression that makes a fresh port:
//!   `port_contracts::organization_repo!(async { MyStore::new() })`. It is called in a module of its
//!   own, because two ports may have cases of the same name.
//! - [`mod@crash`]: every workflow of the core, stopped at every point, over the store ports of an adapter.
//! - [`mod@doctor`]: every damage that the core finds and mends, planted in the stores of an adapter.
//! - [`mod@adoption`]: what another service had is taken over, stopped at every point, over the same.
//! - [`mod@capacity`]: how many collections there may be, over the same.
//! - [`mod@signing_keys`]: how signing keys come and go, over the same.
//! - [`mod@trail_keeping`]: audit trails that are read, signed and cut, over the same.
//! - [`mod@trail_forgery`]: audit trails that a database administrator forges, over the same.
//! - [`mod@accounts`]: an organization and an admin that are changed by one request, over the same.
//! - [`mod@directory`]: what anybody may know of organizations, over the same.
//! - [`mod@queries`]: what filters and orders find, over the tenant store of an adapter.
//! - [`mod@guessing`]: passwords that are guessed, over the same.
//! - [`faults`]: the decorator that stops it. [`fakes`]: the ports that are not a store.
//! - [`trails`]: the audit log beside the ports that write into it.
//! - [`fixtures`]: values for tests, made through the transitions of the model.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

#[macro_use]
mod suite;

pub mod accounts;
pub mod admin_repo;
pub mod adoption;
pub mod anchor_log;
pub mod attempt_repo;
pub mod audit_log;
pub mod capacity;
pub mod clock;
pub mod crash;
pub mod directory;
pub mod doctor;
pub mod fakes;
pub mod faults;
pub mod fixtures;
pub mod guessing;
pub mod head_signer;
pub mod id_generator;
pub mod idempotency_repo;
pub mod key_holder;
pub mod many_nodes;
pub mod namespace_ledger;
pub mod node_registry;
pub mod organization_repo;
pub mod password_hasher;
pub mod queries;
pub mod signed_head_repo;
pub mod signing_key_repo;
pub mod signing_keys;
pub mod store_probe;
pub mod tenant_store;
pub mod token_issuer;
pub mod trail_forgery;
pub mod trail_keeping;
pub mod trails;
pub mod work_pool;
