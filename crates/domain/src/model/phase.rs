//! Where an organization stands in its life.

use serde::{Deserialize, Serialize};

use super::{
    Act, Actor, Admin, AdminChange, AdminId, EventId, OrganizationName, PlacementKind, Slug,
    Version,
};

/// Where an organization stands. A pending phase carries all that is needed to finish it without the
/// caller that began it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Phase {
    /// Pending: the first admin and the collection are being made.
    Provisioning {
        /// The admin to be made.
        admin: Box<Admin>,
        /// Where the documents are to lie.
        #[serde(default)]
        placement: PlacementKind,
        /// Who asked for it; not known of what an older version began.
        #[serde(default)]
        act: Option<Box<Act>>,
        /// Who suspended it meanwhile: it becomes `Suspended` once it is provisioned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suspension: Option<Box<Act>>,
    },
    /// Settled: in use.
    Active,
    /// Pending: the collection is being moved to its new name.
    Renaming {
        /// The name to be.
        to: OrganizationName,
        /// The key to be; both keys are reserved until the rename is done.
        slug: Slug,
        /// The version at which the rename began: it makes the claim of the new collection unique.
        begun: Version,
    },
    /// Pending: suspended while a rename continues.
    Suspending {
        /// The name to be.
        to: OrganizationName,
        /// The key to be.
        slug: Slug,
        /// The version at which the rename began.
        begun: Version,
    },
    /// Pending: an admin is being added.
    Admitting {
        /// The admin to be made.
        admin: Box<Admin>,
        /// Who asked for it.
        act: Box<Act>,
    },
    /// Pending: an admin is about to be removed, or an active owner to be none; going through here, one after
    /// the other, no two owners can leave an organization without any. Or an admin is about to change, and the
    /// name of the organization with it.
    Relieving {
        /// The admin.
        admin: AdminId,
        /// What is to become of it.
        relief: Relief,
        /// The version at which this began.
        begun: Version,
        /// Who asked for it; not known of what an older version began.
        #[serde(default)]
        act: Option<Box<Act>>,
        /// What the organization is called when the admin has changed, and only then; reserved until it is
        /// known whether it can.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Box<NextName>>,
    },
    /// Settled: kept, but closed to its admins.
    Suspended,
    /// Pending: documents and admins are being removed.
    Deleting {
        /// Who asked for it.
        by: Actor,
        /// The version at which the superseded rename or provisioning began; the collection of its claim is
        /// removed, too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begun: Option<Version>,
    },
    /// Settled: only the record is left.
    Deleted,
}

/// What an organization is to be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextName {
    /// The name to be.
    pub to: OrganizationName,
    /// The key to be.
    pub slug: Slug,
    /// The id of the event that tells of it.
    pub event: EventId,
}

impl NextName {
    /// A name that will be told under this id.
    #[must_use]
    pub fn new(to: OrganizationName, event: EventId) -> Self {
        Self { slug: Slug::of(&to), to, event }
    }
}

/// How an organization loses an admin, or an active owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relief {
    /// The admin becomes another.
    Amend(AdminChange),
    /// The admin goes.
    Remove,
}

/// The phase in one word, as clients see it.
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
    /// Whether there is work left that anybody may finish.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Provisioning { .. }
            | Self::Renaming { .. }
            | Self::Suspending { .. }
            | Self::Admitting { .. }
            | Self::Relieving { .. }
            | Self::Deleting { .. } => true,
            Self::Active | Self::Suspended | Self::Deleted => false,
        }
    }

    /// The phase in one word.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Provisioning { .. } => Status::Provisioning,
            Self::Active | Self::Admitting { .. } | Self::Relieving { .. } => Status::Active,
            Self::Renaming { .. } => Status::Renaming,
            Self::Suspending { .. } | Self::Suspended => Status::Suspended,
            Self::Deleting { .. } => Status::Deleting,
            Self::Deleted => Status::Deleted,
        }
    }
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 6] = [
        Self::Provisioning,
        Self::Active,
        Self::Renaming,
        Self::Suspended,
        Self::Deleting,
        Self::Deleted,
    ];

    /// Whether anybody may know of an organization with this status, where an installation tells of them: it is
    /// there, and stays.
    #[must_use]
    pub fn is_shown(self) -> bool {
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
