//! The store behind the server, chosen by environment variables: `TENANTRY_TEST_STORE` is
//! `embedded` (the default) or `mongodb`, and `TENANTRY_TEST_PLACEMENT` is `auto` (the default) or
//! `shared`.

use std::env;
use std::sync::Arc;

use adapters_embedded::EmbeddedStore;
use adapters_mongo::{MongoConfig, MongoStore};
use async_trait::async_trait;
use domain::ports::{Ports, StoreError, StoreProbe};
use domain::service::{PlacementPolicy, PlacementRules};
use local_mongod::TestDatabase;
use port_contracts::fakes::{self, SettableClock};

/// Fresh ports over an empty store.
pub(crate) async fn ports(clock: &Arc<SettableClock>) -> Ports {
    match env::var("TENANTRY_TEST_STORE").as_deref() {
        Err(_) | Ok("embedded") => {
            fakes::ports(Arc::new(EmbeddedStore::in_memory().unwrap()), clock.clone())
        }
        Ok("mongodb") => on_mongodb(clock).await,
        Ok(other) => panic!("TENANTRY_TEST_STORE is {other}"),
    }
}

/// The placement of new organizations.
pub(crate) fn placement() -> PlacementRules {
    let policy = match env::var("TENANTRY_TEST_PLACEMENT").as_deref() {
        Err(_) | Ok("auto") => PlacementPolicy::Auto,
        Ok("shared") => PlacementPolicy::Shared,
        Ok(other) => panic!("TENANTRY_TEST_PLACEMENT is {other}"),
    };
    PlacementRules { policy, ..PlacementRules::default() }
}

async fn on_mongodb(clock: &Arc<SettableClock>) -> Ports {
    let database = TestDatabase::reused().await.unwrap();
    let config =
        MongoConfig { url: database.url().to_owned().into(), database: database.name().to_owned() };
    let store = Arc::new(MongoStore::open(&config).await.unwrap());
    let probe = Arc::new(Guarded { store: store.clone(), _database: database });
    Ports { probe, ..fakes::ports(store, clock.clone()) }
}

/// Keeps the database until its last port is dropped.
struct Guarded {
    store: Arc<MongoStore>,
    _database: TestDatabase,
}

#[async_trait]
impl StoreProbe for Guarded {
    async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }
}
