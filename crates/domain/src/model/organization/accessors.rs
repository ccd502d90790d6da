//! What can be read of an organization.

use super::Organization;
use crate::model::{
    Actor, AdminId, Description, Metadata, OrganizationId, OrganizationName, Phase, Placement,
    PlacementKind, RateLimit, Slug, Status, StorageQuota, Timestamp, Version,
};

impl Organization {
    /// Its id, for ever.
    #[must_use]
    pub fn id(&self) -> &OrganizationId {
        &self.id
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &OrganizationName {
        &self.name
    }

    /// The key of its name.
    #[must_use]
    pub fn slug(&self) -> &Slug {
        &self.slug
    }

    /// What it says of itself.
    #[must_use]
    pub fn description(&self) -> Option<&Description> {
        self.description.as_ref()
    }

    /// What its clients attached to it.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The same without its metadata: for long lists that do not show it.
    #[must_use]
    pub fn without_metadata(mut self) -> Self {
        self.metadata = Metadata::default();
        self
    }

    /// Where it stands.
    #[must_use]
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Where it stands, in one word.
    #[must_use]
    pub fn status(&self) -> Status {
        self.phase.status()
    }

    /// Whether anybody may know of it ([`Status::is_shown`]).
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.status().is_shown()
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

    /// Whether there is work left that anybody may finish.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.phase.is_pending()
    }

    /// Where its documents lie, or last lay; none while it is provisioned.
    #[must_use]
    pub fn placement(&self) -> Option<&Placement> {
        self.placement.as_ref()
    }

    /// Whether it has, or is to get, a collection of its own.
    #[must_use]
    pub fn has_own_collection(&self) -> bool {
        match (&self.phase, &self.placement) {
            (Phase::Deleted, _) => false,
            (Phase::Provisioning { placement, .. }, _) => *placement == PlacementKind::Collection,
            (_, placement) => matches!(placement, Some(Placement::Collection { .. })),
        }
    }

    /// The admin that it was made with; none where the record is older than that was kept. It may be
    /// removed by now.
    #[must_use]
    pub fn founder(&self) -> Option<&AdminId> {
        self.founder.as_ref()
    }

    /// How often it was written.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// When it was made.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When somebody last changed it.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// When it was deleted.
    #[must_use]
    pub fn deleted_at(&self) -> Option<Timestamp> {
        self.deleted_at
    }

    /// Who deleted it.
    #[must_use]
    pub fn deleted_by(&self) -> Option<&Actor> {
        self.deleted_by.as_ref()
    }

    /// Until when pending work is left to the one who has it.
    #[must_use]
    pub fn lease_until(&self) -> Option<Timestamp> {
        self.lease_until
    }

    /// How many requests it may make in a window, where the operator decided so.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// How much it may keep.
    #[must_use]
    pub fn quota(&self) -> StorageQuota {
        self.quota
    }
}
