//! Changes to an organization.

use crate::model::{Description, MetadataPatch, OrganizationName, RateLimit, StorageQuotaChange};

/// Changes to an organization; the default changes nothing.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// The new name.
    pub name: Option<OrganizationName>,
    /// The new description; `Some(None)` removes it.
    pub description: Option<Option<Description>>,
    /// Changes to the metadata; `Some(None)` removes all of it.
    pub metadata: Option<Option<MetadataPatch>>,
    /// The new rate limit; `Some(None)` restores the default of the installation.
    pub rate_limit: Option<Option<RateLimit>>,
    /// Changes to the storage quota.
    pub quota: StorageQuotaChange,
}

/// Changes that the operator makes to the limits of an organization; the default changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsChange {
    /// The new rate limit; `Some(None)` restores the default of the installation.
    pub rate_limit: Option<Option<RateLimit>>,
    /// Changes to the storage quota.
    pub quota: StorageQuotaChange,
}

impl OrganizationChange {
    /// The changes to limits.
    #[must_use]
    pub fn limits(&self) -> LimitsChange {
        LimitsChange { rate_limit: self.rate_limit, quota: self.quota }
    }

    /// Whether it changes anything except limits.
    #[must_use]
    pub fn concerns_more_than_limits(&self) -> bool {
        self.name.is_some() || self.description.is_some() || self.metadata.is_some()
    }
}
