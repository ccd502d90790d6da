//! Creation of stores.

use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use async_trait::async_trait;
use port_contracts::crash::FreshStore;
use port_contracts::fakes::Store;

/// Creates stores in memory.
pub(crate) struct InMemory;

#[async_trait]
impl FreshStore for InMemory {
    async fn make(&self) -> Arc<dyn Store> {
        Arc::new(EmbeddedStore::in_memory().unwrap())
    }

    fn counts_exactly(&self) -> bool {
        true
    }
}
