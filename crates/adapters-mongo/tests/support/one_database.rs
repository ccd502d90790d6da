//! One database for many runs, emptied for each, because creating one takes far longer.

use std::sync::Arc;

use adapters_mongo::{MongoConfig, MongoStore};
use async_trait::async_trait;
use local_mongod::{TestDatabase, empty};
use port_contracts::crash::FreshStore;
use port_contracts::fakes::Store;

/// Creates stores on one database of the shared server, one after the other.
pub(crate) struct OneDatabase {
    store: MongoStore,
    database: TestDatabase,
}

impl OneDatabase {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::reused().await.unwrap();
        let config = MongoConfig {
            url: database.url().to_owned().into(),
            database: database.name().to_owned(),
        };
        Self { store: MongoStore::open(&config).await.unwrap(), database }
    }
}

#[async_trait]
impl FreshStore for OneDatabase {
    async fn make(&self) -> Arc<dyn Store> {
        empty(self.database.database()).await.unwrap();
        Arc::new(self.store.with_cold_caches())
    }

    fn is_slow(&self) -> bool {
        true
    }
}
