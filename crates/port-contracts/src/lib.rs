//! Contract tests of the ports, which every adapter has to pass, and ports that fail on demand. For
//! tests only, so that anything unexpected is a panic.
//!
//! - One module per port, named like it. Its cases are the MUST clauses of the port's
//!   documentation; its macro creates a `#[tokio::test]` for each, given an expression that creates
//!   a new port: `port_contracts::organization_repo!(async { MyStore::new() })`. It is called in a
//!   separate module, because two ports may have cases of the same name.
//! - [`mod@crash`]: every workflow of the core, stopped at every point, over the store ports of an
//!   adapter.
//! - [`mod@doctor`]: every kind of damage that the core finds and repairs, planted in the stores of
//!   an adapter.
//! - [`mod@adoption`]: migration of another service's data, stopped at every point, over the same.
//! - [`mod@capacity`]: the limit on dedicated collections, over the same.
//! - [`mod@signing_keys`]: rotation of signing keys, over the same.
//! - [`mod@trail_keeping`]: reading, signing and truncating audit trails, over the same.
//! - [`mod@trail_forgery`]: audit trails that a database administrator forges, over the same.
//! - [`mod@accounts`]: changes of an organization and an admin in one request, over the same.
//! - [`mod@public_organizations`]: the public directory of organizations, over the same.
//! - [`mod@queries`]: results of filters and sort orders, over the tenant store of an adapter.
//! - [`mod@login_throttle`]: brute-force protection for passwords, over the same.
//! - [`faults`]: fault injection for these. [`fakes`]: the ports that are not a store.
//! - [`trails`]: the audit log together with the ports that write into it.
//! - [`fixtures`]: test values, built through the transitions of the model.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what is unexpected fails the test")]

#[macro_use]
#[doc(hidden)]
pub mod suite;

pub mod accounts;
pub mod admin_repo;
pub mod adoption;
pub mod anchor_log;
pub mod attempt_repo;
pub mod audit_log;
pub mod capacity;
pub mod checkpoint_repo;
pub mod checkpoint_signer;
pub mod clock;
pub mod crash;
pub mod doctor;
pub mod fakes;
pub mod faults;
pub mod fixtures;
pub mod id_generator;
pub mod idempotency_repo;
pub mod key_holder;
pub mod login_throttle;
pub mod many_nodes;
pub mod namespace_ledger;
pub mod node_registry;
pub mod organization_repo;
pub mod password_hasher;
pub mod public_organizations;
pub mod queries;
pub mod signing_key_repo;
pub mod signing_keys;
pub mod store_probe;
pub mod tenant_store;
pub mod token_issuer;
pub mod trail_forgery;
pub mod trail_keeping;
pub mod trails;
pub mod work_pool;
