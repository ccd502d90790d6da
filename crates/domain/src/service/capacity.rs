//! How many tenants get a collection of their own. A database pays files and memory for each
//! collection, and at some number all of it falls over; so there is an end, well before that.

use super::port_set::port_set;
use crate::model::{Organization, PlacementKind};
use crate::ports::{Ports, StoreError, WriteError};

use super::{Error, Lifecycle};

/// Where new organizations' documents go (`TENANT_PLACEMENT`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PlacementPolicy {
    /// Into a collection of their own while there may be more, then into the shared one.
    #[default]
    Auto,
    /// Into a collection of their own; none is created when there may be no more.
    Collection,
    /// Into the shared collection.
    Shared,
}

/// Where new organizations' documents go, and how many may have a collection of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacementRules {
    /// `TENANT_PLACEMENT`
    pub policy: PlacementPolicy,
    /// `MAX_TENANT_COLLECTIONS`
    pub max_collections: u64,
}

impl Default for PlacementRules {
    /// 2,000: a MongoDB with 20,000 file handles ends at about 6,500, three files each.
    fn default() -> Self {
        Self { policy: PlacementPolicy::default(), max_collections: 2000 }
    }
}

/// Tenants' own collections, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectionUsage {
    /// Organizations that have, or are to get, a collection of their own.
    pub used: u64,
    /// How many may.
    pub max: u64,
}

impl CollectionUsage {
    /// Whether four fifths are used: time to do something about it.
    #[must_use]
    pub fn is_high(self) -> bool {
        self.used.saturating_mul(5) >= self.max.saturating_mul(4)
    }
}

port_set! { CapacityPorts { organizations: OrganizationRepo } }

/// Decides where new organizations' documents go.
#[derive(Clone)]
pub struct Capacity {
    ports: CapacityPorts,
    lifecycle: Lifecycle,
    rules: PlacementRules,
}

impl Capacity {
    pub(super) fn new(ports: &Ports, lifecycle: Lifecycle, rules: PlacementRules) -> Self {
        Self { ports: ports.into(), lifecycle, rules }
    }

    /// How much is used.
    ///
    /// # Errors
    /// When the store can't tell.
    pub async fn usage(&self) -> Result<CollectionUsage, StoreError> {
        let used = self.ports.organizations.own_collections().await?;
        Ok(CollectionUsage { used, max: self.rules.max_collections })
    }

    /// The kind of place for one more organization.
    pub(super) async fn wish(&self) -> Result<PlacementKind, Error> {
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

    /// Looks again once the record of `begun` is there, and with it those of all whose wish was granted
    /// at the same moment: whoever finds too many gives way, so that there are never more collections
    /// than there may be. At the very edge all of them may give way.
    ///
    /// The intent is durable by now, so a store that fails to tell is no reason to fail: the end is not so
    /// near that one more would matter.
    pub(super) async fn confirm(&self, begun: Organization) -> Result<Organization, Error> {
        let fits = |usage: CollectionUsage| usage.used <= usage.max;
        if !begun.has_own_collection() || self.usage().await.map_or(true, fits) {
            return Ok(begun);
        }
        match self.rules.policy {
            PlacementPolicy::Collection => self.withdraw(&begun).await,
            PlacementPolicy::Auto | PlacementPolicy::Shared => Ok(self.share(begun).await),
        }
    }

    /// If this fails, or if it is not known whether it did, driving `begun` ends well all the same.
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
    fn four_fifths_are_high() {
        let high = |used, max| CollectionUsage { used, max }.is_high();
        assert!(!high(7, 10) && high(8, 10) && high(11, 10));
        assert!(!high(1599, 2000) && high(1600, 2000));
        assert!(high(0, 0), "there is no room at all");
    }
}
