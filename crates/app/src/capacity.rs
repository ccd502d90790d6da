//! Monitoring of the number of tenant collections.

use api_actix::Metrics;
use domain::ports::StoreError;
use domain::service::{CollectionUsage, Services};

/// Updates the metrics of tenant collections, and logs a warning near the limit.
pub(crate) struct CapacityWatch {
    services: Services,
    metrics: Metrics,
    warned: bool,
}

impl CapacityWatch {
    pub(crate) fn new(services: Services, metrics: Metrics) -> Self {
        Self { services, metrics, warned: false }
    }

    /// Checks once. Logs a warning when the usage first exceeds four fifths, not at every check
    /// after that.
    ///
    /// # Errors
    /// Fails if the store fails.
    pub(crate) async fn check(&mut self) -> Result<(), StoreError> {
        let usage = self.services.capacity.usage().await?;
        self.metrics.set_tenant_collections(usage);
        let high = usage.is_high();
        if high && !self.warned {
            let CollectionUsage { used, max } = usage;
            tracing::warn!(used, max, "tenant collections near or at MAX_TENANT_COLLECTIONS");
        }
        self.warned = high;
        Ok(())
    }
}
