//! The ports that are not a store, fast and predictable. For tests only: the hasher keeps passwords in
//! clear, and the tokens are signed by nobody.

mod clock;
mod hasher;
mod holder;
mod ids;
mod issuer;

use std::sync::Arc;

use domain::ports::{
    AdminRepo, AttemptRepo, IdempotencyRepo, NamespaceLedger, NodeRegistry, OrganizationRepo,
    Ports, StoreProbe, TenantStore,
};

pub use clock::SettableClock;
pub use hasher::FakeHasher;
pub use holder::FakeHolder;
pub use ids::SequentialIds;
pub use issuer::FakeIssuer;

/// Every port of a store.
pub trait Store:
    OrganizationRepo
    + AdminRepo
    + NamespaceLedger
    + TenantStore
    + IdempotencyRepo
    + AttemptRepo
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
        nodes: store.clone(),
        probe: store,
        hasher: Arc::new(FakeHasher::default()),
        tokens: Arc::new(FakeIssuer::new(clock.clone())),
        clock,
        ids: Arc::new(SequentialIds::default()),
    }
}
