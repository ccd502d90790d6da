//! Ports: the traits through which the core uses stores, cryptography and the clock. Each MUST in
//! their documents is a test in the crate `port-contracts`, and every adapter runs all of them.

mod admin_repo;
mod anchor_log;
mod attempt_repo;
mod audit_log;
mod checkpoint_repo;
mod checkpoint_signer;
mod clock;
mod errors;
mod id_generator;
mod idempotency_repo;
mod key_holder;
mod legacy_database;
mod namespace_ledger;
mod node_registry;
mod organization_repo;
mod page_sealer;
mod password_hasher;
mod requester;
mod signing_key_repo;
mod store_probe;
mod tenant_store;
mod token_issuer;
mod work_pool;

use std::sync::Arc;

pub use admin_repo::AdminRepo;
pub use anchor_log::AnchorLog;
pub use attempt_repo::AttemptRepo;
pub use audit_log::AuditLog;
pub use checkpoint_repo::CheckpointRepo;
pub use checkpoint_signer::{CheckpointSigner, CheckpointVerifier, SignatureVerdict};
pub use clock::Clock;
pub use errors::{BoxError, Causes, StoreError, WriteError};
pub use id_generator::IdGenerator;
pub use idempotency_repo::{IdempotencyRepo, IdempotencyState};
pub use key_holder::KeyHolder;
pub use legacy_database::{LegacyDatabase, LegacyDocuments, TransferMode};
pub use namespace_ledger::NamespaceLedger;
pub use node_registry::{HEARTBEAT_TIMEOUT, NodeRegistry};
pub use organization_repo::{OrganizationFilter, OrganizationRepo};
pub use page_sealer::PageSealer;
pub use password_hasher::{HashJob, HashPurpose, HasherError, PasswordHasher, PasswordVerdict};
pub use requester::Requester;
pub use signing_key_repo::{KeyPurpose, SigningKeyRepo};
pub use store_probe::StoreProbe;
pub use tenant_store::{DocumentOutcome, TenantError, TenantStore};
pub use token_issuer::{TokenError, TokenIssuer};
pub use work_pool::{PoolBusy, Work, WorkPool};

/// The adapters of all ports. Each use case keeps those that it calls (`port_set!`).
#[derive(Clone)]
#[expect(missing_docs, reason = "every field is named after its port")]
pub struct Ports {
    pub organizations: Arc<dyn OrganizationRepo>,
    pub admins: Arc<dyn AdminRepo>,
    pub namespaces: Arc<dyn NamespaceLedger>,
    pub tenants: Arc<dyn TenantStore>,
    pub idempotency: Arc<dyn IdempotencyRepo>,
    pub attempts: Arc<dyn AttemptRepo>,
    pub audit: Arc<dyn AuditLog>,
    pub signed_heads: Arc<dyn CheckpointRepo>,
    pub nodes: Arc<dyn NodeRegistry>,
    pub probe: Arc<dyn StoreProbe>,
    pub hasher: Arc<dyn PasswordHasher>,
    pub tokens: Arc<dyn TokenIssuer>,
    pub checkpoint_signer: Arc<dyn CheckpointSigner>,
    pub anchors: Option<Arc<dyn AnchorLog>>,
    pub page_sealer: Arc<dyn PageSealer>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn IdGenerator>,
    pub work: Arc<dyn WorkPool>,
}
