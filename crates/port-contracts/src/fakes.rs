//! Fakes of all ports except the store: fast and deterministic. For tests only: the hasher keeps
//! passwords in clear text, and the tokens are not signed.

mod clock;
mod hasher;
mod holder;
mod ids;
mod issuer;
mod sealer;
mod signer;
mod work;

use std::sync::Arc;

use domain::ports::{
    AdminRepo, AttemptRepo, AuditLog, CheckpointRepo, IdempotencyRepo, NamespaceLedger,
    NodeRegistry, OrganizationRepo, Ports, StoreProbe, TenantStore,
};

pub use clock::SettableClock;
pub use hasher::FakeHasher;
pub use holder::FakeKeyHolder;
pub use ids::SequentialIds;
pub use issuer::FakeIssuer;
pub use sealer::FakeSealer;
pub use signer::FakeSigner;
pub use work::InlineWork;

/// All ports of a store.
pub trait Store:
    OrganizationRepo
    + AdminRepo
    + NamespaceLedger
    + TenantStore
    + IdempotencyRepo
    + AttemptRepo
    + AuditLog
    + CheckpointRepo
    + NodeRegistry
    + StoreProbe
    + 'static
{
}

impl<S> Store for S where
    S: OrganizationRepo
        + AdminRepo
        + NamespaceLedger
        + TenantStore
        + IdempotencyRepo
        + AttemptRepo
        + AuditLog
        + CheckpointRepo
        + NodeRegistry
        + StoreProbe
        + 'static
{
}

/// The ports of `store`, with fakes for all others.
#[must_use]
pub fn ports(store: Arc<dyn Store>, clock: Arc<SettableClock>) -> Ports {
    Ports {
        organizations: store.clone(),
        admins: store.clone(),
        namespaces: store.clone(),
        tenants: store.clone(),
        idempotency: store.clone(),
        attempts: store.clone(),
        audit: store.clone(),
        signed_heads: store.clone(),
        nodes: store.clone(),
        probe: store,
        hasher: Arc::new(FakeHasher::default()),
        checkpoint_signer: Arc::new(FakeSigner),
        anchors: None,
        page_sealer: Arc::new(FakeSealer),
        tokens: Arc::new(FakeIssuer::new(clock.clone())),
        clock,
        ids: Arc::new(SequentialIds::default()),
        work: Arc::new(InlineWork),
    }
}
