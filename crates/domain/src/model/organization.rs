//! The organization and every way it may change.

mod accessors;
mod adopted;
mod change;
mod staff;
mod superseding;
#[cfg(test)]
mod tests;

pub use adopted::{AdoptedOrganization, Deletion};
pub use change::{LimitsChange, OrganizationChange};

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Act, Actor, Admin, AdminId, Claim, Description, DocumentIds, InvalidAt, Metadata,
    OrganizationId, OrganizationName, Phase, Placement, PlacementKind, RateLimit, Slug, Status,
    StorageQuota, Tenant, Timestamp, Version,
};

/// An organization. It changes only through the transitions below; each returns the next value, one
/// version later, or says why not.
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
    // Records of before have none.
    #[serde(default)]
    rate_limit: Option<RateLimit>,
    #[serde(default)]
    quota: StorageQuota,
    #[serde(default)]
    founder: Option<AdminId>,
    #[serde(default, skip_serializing_if = "DocumentIds::is_text")]
    document_ids: DocumentIds,
}

/// What a new organization starts with.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// A fresh id.
    pub id: OrganizationId,
    /// What people call it.
    pub name: OrganizationName,
    /// What it says of itself.
    pub description: Option<Description>,
    /// What its clients attach to it.
    pub metadata: Metadata,
    /// Its first admin, to be made while it is provisioned.
    pub admin: Admin,
    /// Where its documents are to lie.
    pub placement: PlacementKind,
    /// Who asked for it.
    pub act: Act,
}

/// What the names of collections follow (`TENANT_NAMING`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Naming {
    /// The name of the organization: a rename moves the collection.
    #[default]
    Slug,
    /// Its id: a rename is one write.
    Id,
}

/// Why a transition may not happen now.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It is suspended.
    #[error("the organization is suspended")]
    Suspended,
    /// It is deleted, or about to be.
    #[error("the organization is deleted")]
    Deleted,
    /// Work that began earlier has to be finished first.
    #[error("the organization is {}", .0.as_str())]
    Pending(Status),
    /// The result would not be valid.
    #[error("{0}")]
    Invalid(InvalidAt),
}

impl Organization {
    /// How long the one who began or claimed pending work is left alone with it.
    pub const LEASE: Duration = Duration::from_secs(15);

    /// An organization whose admin and collection are still to be made.
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

    /// Still to be provisioned, but in the shared collection.
    #[must_use]
    pub fn sharing(&self) -> Self {
        let mut next = Self { version: self.version.next(), ..self.clone() };
        if let Phase::Provisioning { placement, .. } = &mut next.phase {
            *placement = PlacementKind::Shared;
        }
        next
    }

    /// Provisioning is done: the documents lie at `placement`.
    #[must_use]
    pub fn provisioned(&self, placement: Placement) -> Self {
        let phase = match &self.phase {
            Phase::Provisioning { suspension: Some(_), .. } => Phase::Suspended,
            _ => Phase::Active,
        };
        Self { placement: Some(placement), ..self.settled(phase) }
    }

    /// What `change` makes of it: the same value when nothing changes, a pending rename when the
    /// collection has to follow the name.
    ///
    /// # Errors
    /// Only an active organization changes, and only into a valid one.
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

    /// With other limits; the same value when it has them already.
    ///
    /// # Errors
    /// Deleted, or not settled.
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

    /// The rename is done: the documents lie at `placement`.
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

    /// In use, with its documents found at `placement`, by whoever repairs a store.
    #[must_use]
    pub fn placed(&self, placement: Placement) -> Self {
        let placement = Some(placement);
        Self { placement, version: self.version.next(), ..self.clone() }
    }

    /// Closed to its admins; the same value when it is already.
    ///
    /// # Errors
    /// Deleted, or not settled.
    pub fn suspended(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.switched(Phase::Suspended, now)
    }

    /// Open to its admins again; the same value when it is already.
    ///
    /// # Errors
    /// Deleted, or not settled.
    pub fn activated(&self, now: Timestamp) -> Result<Self, Refusal> {
        self.switched(Phase::Active, now)
    }

    /// Documents and admins are gone; the record stays.
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

    /// Pending work, claimed by somebody who will finish it.
    #[must_use]
    pub fn claimed(&self, now: Timestamp) -> Self {
        let lease_until = Some(now + Self::LEASE);
        Self { lease_until, version: self.version.next(), ..self.clone() }
    }

    /// The keys that no other organization may have now.
    pub fn reserved_slugs(&self) -> impl Iterator<Item = &Slug> {
        let (own, next) = match &self.phase {
            Phase::Deleted => (None, None),
            Phase::Renaming { slug, .. } | Phase::Suspending { slug, .. } => {
                (Some(&self.slug), Some(slug))
            }
            Phase::Relieving { name: Some(name), .. } => (Some(&self.slug), Some(&name.slug)),
            _ => (Some(&self.slug), None),
        };
        own.into_iter().chain(next)
    }

    /// The claim under which the collection of the present phase is, or was, named.
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

    /// The handle to its documents; none while it is provisioned or once it is deleted.
    #[must_use]
    pub fn tenant(&self) -> Option<Tenant> {
        match self.phase {
            Phase::Deleted => None,
            _ => self.placement.clone().map(|placement| self.tenant_at(placement)),
        }
    }

    /// The handle to its documents at a place that is not in the record yet.
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
            | Phase::Admitting { .. }
            | Phase::Relieving { .. } => Err(Refusal::Pending(self.status())),
        }
    }
}
