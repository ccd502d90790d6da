//! Watching how many collections are left.

use api_actix::Metrics;
use domain::ports::StoreError;
use domain::service::{CollectionUsage, Services};

/// Tells the figures, and the log when it is time to do something about them.
pub(crate) struct CapacityWatch {
    services: Services,
    metrics: Metrics,
    warned: bool,
}

impl CapacityWatch {
    pub(crate) fn new(services: Services, metrics: Metrics) -> Self {
        Self { services, metrics, warned: false }
    }

    /// Looks once. The log hears of it when four fifths are passed, not at every look after that.
    ///
    /// # Errors
    /// When the store can't tell.
    pub(crate) async fn look(&mut self) -> Result<(), StoreError> {
        let usage = self.services.capacity.usage().await?;
        self.metrics.set_tenant_collections(usage);
        let high = usage.is_high();
        if high && !self.warned {
            let CollectionUsage { used, max } = usage;
            tracing::warn!(used, max, "MAX_TENANT_COLLECTIONS is close, or reached");
        }
        self.warned = high;
        Ok(())
    }
}
