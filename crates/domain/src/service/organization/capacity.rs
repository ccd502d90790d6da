//! Limit of the number of dedicated collections. A database spends files and memory on each
//! collection, and fails as a whole beyond some number; the limit is well below that.

use crate::model::{Organization, PlacementKind};
use crate::ports::{Ports, StoreError, WriteError};
use crate::service::port_set::port_set;

use crate::service::{Error, Lifecycle};

/// Placement policy for new organizations' documents (`TENANT_PLACEMENT`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlacementPolicy {
    /// A dedicated collection while the limit permits it, then the shared collection.
    #[default]
    Auto,
    /// A dedicated collection; organizations are refused when the limit is reached.
    Collection,
    /// The shared collection.
    Shared,
}

/// Placement of new organizations' documents, and the maximum number of dedicated collections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacementRules {
    /// Placement policy (`TENANT_PLACEMENT`).
    pub policy: PlacementPolicy,
    /// Maximum number of dedicated collections (`MAX_TENANT_COLLECTIONS`).
    pub max_collections: u64,
}

impl Default for PlacementRules {
    /// 2,000: a MongoDB with 20,000 file handles fails at about 6,500 collections, with three files
    /// each.
    fn default() -> Self {
        Self { policy: PlacementPolicy::default(), max_collections: 2000 }
    }
}

/// Number of dedicated collections, and its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectionUsage {
    /// Organizations that have a dedicated collection, or will have one.
    pub used: u64,
    /// Maximum number.
    pub max: u64,
}

impl CollectionUsage {
    /// Whether at least four fifths are used, so that the operator should act.
    #[must_use]
    pub fn is_high(self) -> bool {
        self.used.saturating_mul(5) >= self.max.saturating_mul(4)
    }
}

port_set! { CapacityPorts { organizations: OrganizationRepo } }

/// Decides the placement of new organizations' documents.
#[derive(Clone)]
pub struct Capacity {
    ports: CapacityPorts,
    lifecycle: Lifecycle,
    rules: PlacementRules,
}

impl Capacity {
    pub(in crate::service) fn new(
        ports: &Ports,
        lifecycle: Lifecycle,
        rules: PlacementRules,
    ) -> Self {
        Self { ports: ports.into(), lifecycle, rules }
    }

    /// Current usage.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(&self) -> Result<CollectionUsage, StoreError> {
        let used = self.ports.organizations.count_dedicated().await?;
        Ok(CollectionUsage { used, max: self.rules.max_collections })
    }

    /// Placement kind for one more organization.
    pub(in crate::service) async fn choose_placement(&self) -> Result<PlacementKind, Error> {
        if self.rules.policy == PlacementPolicy::Shared {
            return Ok(PlacementKind::Shared);
        }
        let usage = self.usage().await?;
        if usage.used < usage.max {
            return Ok(PlacementKind::Collection);
        }
        match self.rules.policy {
            PlacementPolicy::Collection => Err(Error::Capacity),
            PlacementPolicy::Auto | PlacementPolicy::Shared => Ok(PlacementKind::Shared),
        }
    }

    /// Checks the limit again after the record of `begun` is stored, together with those of all
    /// concurrent requests that passed the first check: a request that finds the limit exceeded
    /// withdraws, so that the number of collections never exceeds the limit. Exactly at the limit,
    /// all concurrent requests may withdraw.
    ///
    /// The intent is durable by now, so a failure of the store is no reason to refuse the request:
    /// one collection more does no harm, because the limit is well below what the database can
    /// hold.
    pub(in crate::service) async fn confirm(
        &self,
        begun: Organization,
    ) -> Result<Organization, Error> {
        let fits = |usage: CollectionUsage| usage.used <= usage.max;
        if !begun.has_own_collection() || self.usage().await.map_or(true, fits) {
            return Ok(begun);
        }
        match self.rules.policy {
            PlacementPolicy::Collection => self.withdraw(&begun).await,
            PlacementPolicy::Auto | PlacementPolicy::Shared => Ok(self.share(begun).await),
        }
    }

    /// If this fails, or its result is unknown, driving `begun` is still correct.
    async fn share(&self, begun: Organization) -> Organization {
        let next = begun.sharing();
        match self.lifecycle.write(&next, begun.version(), &[]).await {
            Ok(()) => next,
            Err(_) => begun,
        }
    }

    async fn withdraw(&self, begun: &Organization) -> Result<Organization, Error> {
        match self.ports.organizations.remove(begun.id(), begun.version()).await {
            Ok(()) => Err(Error::Capacity),
            Err(WriteError::Stale | WriteError::Taken) => Err(Error::Contended),
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_is_high_from_four_fifths() {
        let high = |used, max| CollectionUsage { used, max }.is_high();
        assert!(!high(7, 10) && high(8, 10) && high(11, 10));
        assert!(!high(1599, 2000) && high(1600, 2000));
        assert!(high(0, 0), "there is no room at all");
    }
}
