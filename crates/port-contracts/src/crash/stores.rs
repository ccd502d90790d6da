//! Stores for crash tests.

use std::sync::Arc;

use async_trait::async_trait;

use super::server_faults::ServerFaults;
use super::world::{TenancySettings, World};
use crate::fakes::Store;

/// Creates stores.
#[async_trait]
pub trait FreshStore: Send + Sync {
    /// An empty store.
    async fn make(&self) -> Arc<dyn Store>;

    /// Whether there is time for a part of the runs only. Each call is still stopped before and
    /// after its effect; the kind of failure and the aftermath alternate.
    fn is_slow(&self) -> bool {
        false
    }

    /// Whether it counts storage usage exactly after any failure. Otherwise, it may count documents
    /// that do not exist.
    fn counts_exactly(&self) -> bool {
        false
    }

    /// Internal faults of the store during a request. Without any, calls to the ports fail.
    fn server_faults(&self) -> Option<&dyn ServerFaults> {
        None
    }
}

pub(crate) type Stores = Arc<dyn FreshStore>;

/// A world on an empty store.
pub(crate) async fn world(stores: &Stores, settings: TenancySettings) -> World {
    let mut world = World::on(stores.make().await, settings).await;
    world.counts_exactly = stores.counts_exactly();
    world
}
