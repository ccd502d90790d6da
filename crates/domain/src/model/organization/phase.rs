//! Lifecycle phases of an organization.

use serde::{Deserialize, Serialize};

use crate::model::{
    Actor, Admin, AdminChange, AdminId, AuditContext, EventId, OrganizationName, PlacementKind,
    Slug, Version,
};

/// Lifecycle phase of an organization. A pending phase contains everything that is needed to finish
/// its work without the original caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Phase {
    /// Pending: the first admin and the collection are being created.
    Provisioning {
        /// The admin to insert.
        admin: Box<Admin>,
        /// Kind of placement of the documents.
        #[serde(default)]
        placement: PlacementKind,
        /// Actor, time and request of the work; none for work that an older version began.
        #[serde(default)]
        act: Option<Box<AuditContext>>,
        /// The suspension requested meanwhile: the organization becomes `Suspended` once it is
        /// provisioned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suspension: Option<Box<AuditContext>>,
    },
    /// Settled: in use.
    Active,
    /// Pending: the collection is being moved to its new name.
    Renaming {
        /// The new name.
        to: OrganizationName,
        /// The new slug; both slugs are reserved until the rename is done.
        slug: Slug,
        /// The version at which the rename began: it makes the claim of the new collection unique.
        begun: Version,
    },
    /// Pending: suspended while a rename continues.
    Suspending {
        /// The new name.
        to: OrganizationName,
        /// The new slug.
        slug: Slug,
        /// The version at which the rename began.
        begun: Version,
    },
    /// Pending: an admin is being added.
    #[serde(rename = "admitting")]
    AddingAdmin {
        /// The admin to insert.
        admin: Box<Admin>,
        /// Actor, time and request of the work.
        act: Box<AuditContext>,
    },
    /// Pending: an admin is being removed, or an active owner is losing that role or its access.
    /// All such changes pass through this phase one after the other, so that two owners can't leave
    /// an organization without any. Or an admin is being changed, and the name of the organization
    /// with it.
    #[serde(rename = "relieving")]
    UpdatingAdmin {
        /// Id of the admin.
        admin: AdminId,
        /// The pending change to the admin.
        #[serde(rename = "relief")]
        change: PendingAdminChange,
        /// The version at which this work began.
        begun: Version,
        /// Actor, time and request of the work; none for work that an older version began.
        #[serde(default)]
        act: Option<Box<AuditContext>>,
        /// The new name of the organization, which takes effect only if the change of the admin
        /// succeeds; reserved until that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Box<NextName>>,
    },
    /// Settled: kept, but closed to its admins.
    Suspended,
    /// Pending: documents and admins are being removed.
    Deleting {
        /// The actor of the deletion.
        by: Actor,
        /// The version at which the superseded rename or provisioning began; the collection of its
        /// claim is removed, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun: Option<Version>,
    },
    /// Settled: only the record is left.
    Deleted,
}

/// Pending new name of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextName {
    /// The new name.
    pub to: OrganizationName,
    /// The new slug.
    pub slug: Slug,
    /// The id of the audit event of the rename.
    pub event: EventId,
}

impl NextName {
    /// A new name with the id of its audit event.
    #[must_use]
    pub fn new(to: OrganizationName, event: EventId) -> Self {
        Self { slug: Slug::of(&to), to, event }
    }
}

/// A change that removes an admin, or an active owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PendingAdminChange {
    /// Change the admin.
    Amend(AdminChange),
    /// Remove the admin.
    Remove,
}

/// Lifecycle status of an organization, as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the phases")]
pub enum Status {
    Provisioning,
    Active,
    Renaming,
    Suspended,
    Deleting,
    Deleted,
}

impl Phase {
    /// Whether work is pending, which any process may finish.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Provisioning { .. }
            | Self::Renaming { .. }
            | Self::Suspending { .. }
            | Self::AddingAdmin { .. }
            | Self::UpdatingAdmin { .. }
            | Self::Deleting { .. } => true,
            Self::Active | Self::Suspended | Self::Deleted => false,
        }
    }

    /// The status of this phase.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Provisioning { .. } => Status::Provisioning,
            Self::Active | Self::AddingAdmin { .. } | Self::UpdatingAdmin { .. } => Status::Active,
            Self::Renaming { .. } => Status::Renaming,
            Self::Suspending { .. } | Self::Suspended => Status::Suspended,
            Self::Deleting { .. } => Status::Deleting,
            Self::Deleted => Status::Deleted,
        }
    }
}

impl Status {
    /// All statuses, in the order of the lifecycle.
    pub const ALL: [Self; 6] = [
        Self::Provisioning,
        Self::Active,
        Self::Renaming,
        Self::Suspended,
        Self::Deleting,
        Self::Deleted,
    ];

    /// Whether organizations with this status are public, on installations that publish their
    /// organizations: they exist, and will stay.
    #[must_use]
    pub fn is_public(self) -> bool {
        match self {
            Self::Active | Self::Renaming | Self::Suspended => true,
            Self::Provisioning | Self::Deleting | Self::Deleted => false,
        }
    }

    /// The status as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Active => "active",
            Self::Renaming => "renaming",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
        }
    }
}
