//! [`StoreProbe`]: checks that reads and writes can be served.

use std::time::Duration;

use async_trait::async_trait;
use domain::ports::{StoreError, StoreProbe};
use redb::ReadableTable;

use crate::store::EmbeddedStore;
use crate::tables::META;

/// Less than the 2 seconds that the port allows.
const PROBE_TIMEOUT: Duration = Duration::from_millis(1500);

#[async_trait]
impl StoreProbe for EmbeddedStore {
    async fn ready(&self) -> Result<(), StoreError> {
        // The writer first: it reopens the database if necessary.
        let check = tokio::time::timeout(PROBE_TIMEOUT, self.writer().check());
        check.await.map_err(StoreError::unavailable)??;
        self.read(|tx| {
            tx.open_table(META)?.first()?;
            Ok(())
        })
    }
}
