//! The organization aggregate and its transitions.

mod accessors;
mod admins;
mod adopted;
mod change;
mod collection;
mod legacy;
mod phase;
mod placement;
mod superseding;
#[cfg(test)]
mod tests;

pub use adopted::{AdoptedOrganization, Deletion};
pub use change::{LimitsChange, OrganizationChange};
pub use collection::{Claim, CollectionName};
pub use legacy::{
    Legacy, LegacyAdmin, LegacyCollection, LegacyDeletion, LegacyDocument, LegacyOrganization,
};
pub use phase::{NextName, PendingAdminChange, Phase, Status};
pub use placement::{CollectionUuid, DocumentIds, Placement, PlacementKind, Tenant};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Actor, Admin, AdminId, AuditContext, Description, InvalidAt, Metadata, OrganizationId,
    OrganizationName, RateLimit, Slug, StorageQuota, Timestamp, Version,
};

/// An organization. It changes only through the transitions below; each returns the next value, one
/// version later, or the reason of a refusal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    id: OrganizationId,
    name: OrganizationName,
    slug: Slug,
    description: Option<Description>,
    metadata: Metadata,
    phase: Phase,
    placement: Option<Placement>,
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
    deleted_by: Option<Actor>,
    lease_until: Option<Timestamp>,
    // Records of earlier versions have none.
    #[serde(default)]
    rate_limit: Option<RateLimit>,
    #[serde(default)]
    quota: StorageQuota,
    #[serde(default)]
    founder: Option<AdminId>,
    #[serde(default, skip_serializing_if = "DocumentIds::is_text")]
    document_ids: DocumentIds,
}

/// Initial values of a new organization.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// A new, unique id.
    pub id: OrganizationId,
    /// Display name.
    pub name: OrganizationName,
    /// Description.
    pub description: Option<Description>,
    /// Metadata of its clients.
    pub metadata: Metadata,
    /// Its first admin, which provisioning inserts.
    pub admin: Admin,
    /// Kind of placement of its documents.
    pub placement: PlacementKind,
    /// Actor, time and request of the creation.
    pub act: AuditContext,
}

/// What collection names are derived from (`TENANT_NAMING`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Naming {
    /// The name of the organization: a rename moves the collection.
    #[default]
    Slug,
    /// The id of the organization: a rename is one write.
    Id,
}

/// Reasons for which a transition is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The organization is suspended.
    #[error("the organization is suspended")]
    Suspended,
    /// The organization is deleted or being deleted.
    #[error("the organization is deleted")]
    Deleted,
    /// Pending work has to be finished first.
    #[error("the organization is {}", .0.as_str())]
    Pending(Status),
    /// The result would not be valid.
    #[error("{0}")]
    Invalid(InvalidAt),
}

impl Organization {
    /// Lease of pending work: until it expires, recovery leaves the work to the driver that began
    /// or claimed it.
    pub const LEASE: Duration = Duration::from_secs(15);

    /// A new organization whose admin and collection do not exist yet.
    #[must_use]
    pub fn provisioning(new: NewOrganization, now: Timestamp) -> Self {
        Self {
            founder: Some(new.admin.id().clone()),
            id: new.id,
            slug: Slug::of(&new.name),
            name: new.name,
            description: new.description,
            metadata: new.metadata,
            phase: Phase::Provisioning {
                admin: Box::new(new.admin),
                placement: new.placement,
                act: Some(Box::new(new.act)),
                suspension: None,
            },
            placement: None,
            version: Version::FIRST,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            deleted_by: None,
            lease_until: Some(now + Self::LEASE),
            rate_limit: None,
            quota: StorageQuota::UNLIMITED,
            document_ids: DocumentIds::Text,
        }
    }

    /// Still provisioning, but with placement in the shared collection.
    #[must_use]
    pub fn sharing(&self) -> Self {
        let mut next = Self { version: self.version.next(), ..self.clone() };
        if let Phase::Provisioning { placement, .. } = &mut next.phase {
            *placement = PlacementKind::Shared;
        }
        next
    }

    /// Completes provisioning: the documents are at `placement`.
    #[must_use]
    pub fn provisioned(&self, placement: Placement) -> Self {
        let phase = match &self.phase {
            Phase::Provisioning { suspension: Some(_), .. } => Phase::Suspended,
            _ => Phase::Active,
        };
        Self { placement: Some(placement), ..self.settled(phase) }
    }

    /// Applies `change`. Returns an equal value when nothing changes, and a pending rename when the
    /// collection has to follow the name.
    ///
    /// # Errors
    /// When the organization is not active, or the result is not valid.
    pub fn amended(
        &self,
        change: &OrganizationChange,
        naming: Naming,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.must_be_active()?;
        let mut next = self.clone();
        if let Some(description) = &change.description {
            next.description.clone_from(description);
        }
        match &change.metadata {
            Some(Some(patch)) => {
                let below = |refusal: InvalidAt| Refusal::Invalid(refusal.below("metadata"));
                next.metadata = self.metadata.merged(patch).map_err(below)?;
            }
            Some(None) => next.metadata = Metadata::default(),
            None => {}
        }
        if let Some(name) = &change.name {
            next.take_name(name, naming, now);
        }
        if next == *self {
            return Ok(next);
        }
        next.version = self.version.next();
        next.updated_at = now;
        Ok(next)
    }

    /// Sets other limits; returns an equal value when it has them already.
    ///
    /// # Errors
    /// Deleted, or work is pending.
    pub fn limited(&self, change: LimitsChange, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_settled()?;
        let rate_limit = change.rate_limit.unwrap_or(self.rate_limit);
        let quota = self.quota.changed(change.quota);
        if (rate_limit, quota) == (self.rate_limit, self.quota) {
            return Ok(self.clone());
        }
        let version = self.version.next();
        Ok(Self { rate_limit, quota, version, updated_at: now, ..self.clone() })
    }

    /// Completes the rename: the documents are at `placement`.
    #[must_use]
    pub fn renamed(&self, placement: Placement) -> Self {
        let phase = match &self.phase {
            Phase::Suspending { .. } => Phase::Suspended,
            _ => Phase::Active,
        };
        let Some((name, slug, _)) = self.next_name() else { return self.settled(phase) };
        let (name, slug) = (name.clone(), slug.clone());
        Self { name, slug, placement: Some(placement), ..self.settled(phase) }
    }

    /// Activates the organization with the documents that a repair found at `placement`.
    #[must_use]
    pub fn placed(&self, placement: Placement) -> Self {
        let placement = Some(placement);
        Self { placement, version: self.version.next(), ..self.clone() }
    }

    /// Suspends the organization; returns an equal value when it is suspended already.
    ///
    /// # Errors
    /// Deleted, or work is pending.
    pub fn suspended(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.switched(Phase::Suspended, now)
    }

    /// Activates a suspended organization; returns an equal value when it is active already.
    ///
    /// # Errors
    /// Deleted, or work is pending.
    pub fn activated(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.switched(Phase::Active, now)
    }

    /// Completes the deletion: documents and admins are gone, the record stays.
    #[must_use]
    pub fn deleted(&self, now: Timestamp) -> Self {
        let mut next = self.settled(Phase::Deleted);
        if let Phase::Deleting { by, .. } = &self.phase {
            next.deleted_by = Some(by.clone());
        }
        next.deleted_at = Some(now);
        next.updated_at = now;
        next
    }

    /// Claims pending work: renews its lease.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Self {
        let lease_until = Some(now + Self::LEASE);
        Self { lease_until, version: self.version.next(), ..self.clone() }
    }

    /// The slugs that no other organization may have now.
    pub fn reserved_slugs(&self) -> impl Iterator<Item = &Slug> {
        let (own, next) = match &self.phase {
            Phase::Deleted => (None, None),
            Phase::Renaming { slug, .. } | Phase::Suspending { slug, .. } => {
                (Some(&self.slug), Some(slug))
            }
            Phase::UpdatingAdmin { name: Some(name), .. } => (Some(&self.slug), Some(&name.slug)),
            _ => (Some(&self.slug), None),
        };
        own.into_iter().chain(next)
    }

    /// The claim under which the collection of the current phase is, or was, named.
    #[must_use]
    pub fn claim(&self) -> Claim {
        let begun = match &self.phase {
            Phase::Renaming { begun, .. }
            | Phase::Suspending { begun, .. }
            | Phase::Deleting { begun: Some(begun), .. } => *begun,
            _ => Version::FIRST,
        };
        Claim { organization: self.id.clone(), begun }
    }

    /// The handle to its documents; none while it is provisioning and once it is deleted.
    #[must_use]
    pub fn tenant(&self) -> Option<Tenant> {
        match self.phase {
            Phase::Deleted => None,
            _ => self.placement.clone().map(|placement| self.tenant_at(placement)),
        }
    }

    /// The handle to its documents at a placement that is not in the record yet.
    pub(crate) fn tenant_at(&self, placement: Placement) -> Tenant {
        Tenant {
            organization: self.id.clone(),
            placement,
            quota: self.quota,
            document_ids: self.document_ids,
        }
    }

    fn take_name(&mut self, name: &OrganizationName, naming: Naming, now: Timestamp) {
        let slug = Slug::of(name);
        let stays = naming == Naming::Id || self.placement == Some(Placement::Shared);
        if stays || slug == self.slug {
            self.name = name.clone();
            self.slug = slug;
        } else {
            let begun = self.version.next();
            self.phase = Phase::Renaming { to: name.clone(), slug, begun };
            self.lease_until = Some(now + Self::LEASE);
        }
    }

    fn switched(&self, phase: Phase, now: Timestamp) -> Result<Self, Refusal> {
        self.must_be_settled()?;
        if self.phase == phase {
            return Ok(self.clone());
        }
        Ok(Self { updated_at: now, ..self.settled(phase) })
    }

    fn settled(&self, phase: Phase) -> Self {
        Self { phase, lease_until: None, version: self.version.next(), ..self.clone() }
    }

    fn must_be_active(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Suspended | Phase::Suspending { .. } => Err(Refusal::Suspended),
            _ => self.must_be_settled(),
        }
    }

    fn must_be_settled(&self) -> Result<(), Refusal> {
        match self.phase {
            Phase::Active | Phase::Suspended => Ok(()),
            Phase::Deleting { .. } | Phase::Deleted => Err(Refusal::Deleted),
            Phase::Provisioning { .. }
            | Phase::Renaming { .. }
            | Phase::Suspending { .. }
            | Phase::AddingAdmin { .. }
            | Phase::UpdatingAdmin { .. } => Err(Refusal::Pending(self.status())),
        }
    }
}
