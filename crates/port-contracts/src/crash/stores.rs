//! Stores for crash tests.

use std::sync::Arc;

use async_trait::async_trait;

use super::trouble::Trouble;
use super::world::{House, World};
use crate::fakes::Store;

/// Makes stores.
#[async_trait]
pub trait FreshStore: Send + Sync {
    /// An empty store.
    async fn make(&self) -> Arc<dyn Store>;

    /// Whether there is time for a part of the runs only. Each call is still stopped before and after its
    /// effect; how, and what happens then, goes by turns.
    fn is_slow(&self) -> bool {
        false
    }

    /// Whether it counts what organizations keep exactly, whatever failed. Unless it does, it may count what is not
    /// there.
    fn counts_exactly(&self) -> bool {
        false
    }

    /// What goes wrong in the store itself while a request is under way. Unless there is something, calls
    /// to the ports fail.
    fn trouble(&self) -> Option<&dyn Trouble> {
        None
    }
}

pub(crate) type Stores = Arc<dyn FreshStore>;

/// A world on an empty store.
pub(crate) async fn world(stores: &Stores, house: House) -> World {
    let mut world = World::on(stores.make().await, house).await;
    world.counts_exactly = stores.counts_exactly();
    world
}
