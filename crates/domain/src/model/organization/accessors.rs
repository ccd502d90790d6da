//! Accessors of [`Organization`].

use super::Organization;
use crate::model::{
    Actor, AdminId, Description, Metadata, OrganizationId, OrganizationName, Phase, Placement,
    PlacementKind, RateLimit, Slug, Status, StorageQuota, Timestamp, Version,
};

impl Organization {
    /// Id; never changes.
    #[must_use]
    pub fn id(&self) -> &OrganizationId {
        &self.id
    }

    /// Display name.
    #[must_use]
    pub fn name(&self) -> &OrganizationName {
        &self.name
    }

    /// Unique key of its name.
    #[must_use]
    pub fn slug(&self) -> &Slug {
        &self.slug
    }

    /// Description.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }

    /// Metadata of its clients.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// Removes the metadata: for long lists that do not show it.
    #[must_use]
    pub fn without_metadata(mut self) -> Self {
        self.metadata = Metadata::default();
        self
    }

    /// Current phase.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Current phase, as clients see it.
    #[must_use]
    pub fn status(&self) -> Status {
        self.phase.status()
    }

    /// Whether its existence is public ([`Status::is_public`]).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.status().is_public()
    }

    /// The new name and slug of a pending rename, and the version at which it began.
    pub(crate) fn next_name(&self) -> Option<(&OrganizationName, &Slug, Version)> {
        match &self.phase {
            Phase::Renaming { to, slug, begun } | Phase::Suspending { to, slug, begun } => {
                Some((to, slug, *begun))
            }
            _ => None,
        }
    }

    /// Whether a rename is pending.
    #[must_use]
    pub fn is_renaming(&self) -> bool {
        self.next_name().is_some()
    }

    /// Whether work is pending, which any process may finish.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.phase.is_pending()
    }

    /// Current or last placement of its documents; none while it is provisioning.
    #[must_use]
    pub fn placement(&self) -> Option<&Placement> {
        self.placement.as_ref()
    }

    /// Whether it has a dedicated collection, or will have one.
    #[must_use]
    pub fn has_own_collection(&self) -> bool {
        match (&self.phase, &self.placement) {
            (Phase::Deleted, _) => false,
            (Phase::Provisioning { placement, .. }, _) => *placement == PlacementKind::Collection,
            (_, placement) => matches!(placement, Some(Placement::Collection { .. })),
        }
    }

    /// The admin that was created with it; none in records of versions that did not store it. The
    /// admin may have been removed.
    #[must_use]
    pub fn founder(&self) -> Option<&AdminId> {
        self.founder.as_ref()
    }

    /// Version of the record.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Time of creation.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Time of the last change.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Time of the deletion.
    #[must_use]
    pub fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Actor of the deletion.
    #[must_use]
    pub fn deleted_by(&self) -> Option<&Actor> {
        self.deleted_by.as_ref()
    }

    /// End of the lease of pending work.
    #[must_use]
    pub fn lease_until(&self) -> Option<Timestamp> {
        self.lease_until
    }

    /// Rate limit that the operator set for it, if any.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// Storage quota.
    #[must_use]
    pub fn quota(&self) -> StorageQuota {
        self.quota
    }
}
