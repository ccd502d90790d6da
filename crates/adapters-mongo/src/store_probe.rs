//! [`StoreProbe`]: checks that a primary responds.

use std::time::Duration;

use async_trait::async_trait;
use bson::doc;
use domain::ports::{StoreError, StoreProbe};

use crate::call::within;
use crate::store::MongoStore;

/// Within the 2 seconds that the port allows.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1500);

#[async_trait]
impl StoreProbe for MongoStore {
    async fn ready(&self) -> Result<(), StoreError> {
        let connection = self.connection()?;
        // Sent to the primary, which serves reads and writes.
        within(PROBE_TIMEOUT, connection.database.run_command(doc! { "ping": 1 })).await?;
        Ok(())
    }
}
