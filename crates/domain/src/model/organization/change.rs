//! What to change of an organization.

use crate::model::{Description, MetadataPatch, OrganizationName, RateLimit, StorageQuotaChange};

/// What to change of an organization; nothing, by default.
#[derive(Debug, Clone, Default)]
pub struct OrganizationChange {
    /// Another name.
    pub name: Option<OrganizationName>,
    /// Another description, or none.
    pub description: Option<Option<Description>>,
    /// Changes to the metadata, or an end to all of it.
    pub metadata: Option<Option<MetadataPatch>>,
    /// Another limit for its requests, or that of all others again.
    pub rate_limit: Option<Option<RateLimit>>,
    /// Changes to how much it may keep.
    pub quota: StorageQuotaChange,
}

/// What the operator changes of an organization; nothing, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LimitsChange {
    /// Another limit for its requests, or that of all others again.
    pub rate_limit: Option<Option<RateLimit>>,
    /// Changes to how much it may keep.
    pub quota: StorageQuotaChange,
}

impl OrganizationChange {
    /// What is to change of its limits.
    #[must_use]
    pub fn limits(&self) -> LimitsChange {
        LimitsChange { rate_limit: self.rate_limit, quota: self.quota }
    }

    /// Whether anything but its limits is to change.
    #[must_use]
    pub fn concerns_more_than_limits(&self) -> bool {
        self.name.is_some() || self.description.is_some() || self.metadata.is_some()
    }
}
