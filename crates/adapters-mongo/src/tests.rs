//! Tests of this adapter's own behaviour: opening, broken records, and failures of the server.
//! `tests/contracts.rs` tests the contracts of the ports.

mod audit;
mod broken_records;
mod failures;
mod forgery;
mod mixed_ids;
mod nodes;
mod opening;
mod removal;
mod shares;
mod stored;
mod unfenced;
mod usage;

use local_mongod::TestDatabase;

use crate::{MongoConfig, MongoStore, OpenError};

/// A store on a new database.
pub(crate) async fn new_store() -> (MongoStore, TestDatabase) {
    let database = TestDatabase::fresh().await.unwrap();
    (open(&database).await.unwrap(), database)
}

async fn open(database: &TestDatabase) -> Result<MongoStore, OpenError> {
    MongoStore::open(&config(database)).await
}

fn config(database: &TestDatabase) -> MongoConfig {
    MongoConfig { url: database.url().into(), database: database.name().to_owned() }
}
