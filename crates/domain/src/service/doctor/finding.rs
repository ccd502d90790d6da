//! Findings of an examination.

use std::fmt;

use crate::model::{AdminId, CollectionName, OrganizationId, Placement, Status, Timestamp};
use crate::ports::StoreError;

/// An inconsistency in a store; displayed as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A collection under a name that was never assigned to an organization.
    Unclaimed {
        /// Name of the collection.
        collection: CollectionName,
    },
    /// Documents, or a collection for them, of an organization that no longer exists.
    Orphaned {
        /// The former owner.
        organization: OrganizationId,
        /// Reason for which the organization counts as gone.
        gone: Gone,
        /// Placement of the documents.
        at: Placement,
    },
    /// Documents, or a collection for them, outside the placement of their organization.
    Misplaced {
        /// The owner.
        organization: OrganizationId,
        /// Placement of the documents.
        at: Placement,
        /// Placement in the organization's record.
        present: Placement,
    },
    /// An organization in use whose collection is missing, or is another one of the same name: a
    /// restore that recreates collections causes that.
    MissingCollection {
        /// The organization.
        organization: OrganizationId,
        /// Placement in its record.
        placement: Placement,
    },
    /// Work that has been pending for too long.
    Stuck {
        /// The organization.
        organization: OrganizationId,
        /// Status of the organization.
        status: Status,
        /// Time at which the work began.
        since: Timestamp,
    },
    /// Admins of an organization that no longer exists.
    OrphanedAdmins {
        /// Their organization.
        organization: OrganizationId,
        /// Reason for which the organization counts as gone.
        gone: Gone,
        /// The ids of the first hundred.
        admins: Vec<AdminId>,
    },
    /// An unreadable record. What it would say about other records is unknown.
    Unreadable {
        /// The collection or table.
        collection: &'static str,
        /// Key of the record.
        id: String,
        /// The field, and the problem with it.
        field: String,
    },
}

/// Reason for which an organization counts as gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It has no record.
    Missing,
    /// Its record says that it was deleted.
    Deleted,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "which does not exist",
            Self::Deleted => "which is deleted",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclaimed { collection } => {
                write!(f, "collection {collection} has a name that no organization was given")
            }
            Self::Orphaned { organization, gone, at } => {
                write!(f, "{} organization {organization}, {gone}", DocumentsAt(at))
            }
            Self::Misplaced { organization, at, present } => {
                let present = present.collection_name();
                write!(
                    f,
                    "{} organization {organization}, which lies in {present}",
                    DocumentsAt(at)
                )
            }
            Self::MissingCollection { organization, placement } => {
                let name = placement.collection_name();
                write!(
                    f,
                    "organization {organization}: its collection {name} is missing or another one"
                )
            }
            Self::Stuck { organization, status, since } => {
                write!(f, "organization {organization} is {} since {since}", status.as_str())
            }
            Self::OrphanedAdmins { organization, gone, admins } => {
                let admins: Vec<&str> = admins.iter().map(AdminId::as_str).collect();
                let admins = admins.join(", ");
                write!(f, "admins of organization {organization}, {gone}: {admins}")
            }
            Self::Unreadable { collection, id, field } => {
                write!(f, "record {id} of {collection} is corrupt at {field}")
            }
        }
    }
}

/// First words of a line about documents at a placement.
struct DocumentsAt<'a>(&'a Placement);

impl fmt::Display for DocumentsAt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Placement::Collection { name, .. } => write!(f, "collection {name} belongs to"),
            Placement::Shared => write!(f, "{} has documents of", Placement::SHARED),
        }
    }
}

/// List of findings without duplicates.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds the result of a check; an unreadable record becomes a finding, too.
    pub(super) fn add(
        &mut self,
        found: Result<Option<Finding>, StoreError>,
    ) -> Result<(), StoreError> {
        let finding = match found {
            Ok(found) => found,
            Err(StoreError::Corrupt { collection, id, field }) => {
                Some(Finding::Unreadable { collection, id, field })
            }
            Err(cause) => return Err(cause),
        };
        self.0.extend(finding.filter(|finding| !self.0.contains(finding)));
        Ok(())
    }

    pub(super) fn into_vec(self) -> Vec<Finding> {
        self.0
    }
}
