//! What an examination finds.

use std::fmt;

use crate::model::{AdminId, CollectionName, OrganizationId, Placement, Status, Timestamp};
use crate::ports::StoreError;

/// Something that is wrong in a store, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A collection under a name that no organization was ever given.
    Unclaimed {
        /// Its name.
        collection: CollectionName,
    },
    /// Documents, or a collection for them, of an organization that is gone.
    Remains {
        /// Whose they were.
        organization: OrganizationId,
        /// What became of it.
        gone: Gone,
        /// Where they lie.
        at: Placement,
    },
    /// Documents, or a collection for them, where their organization does not look for them.
    Straggler {
        /// Whose they are.
        organization: OrganizationId,
        /// Where they lie.
        at: Placement,
        /// Where they should.
        present: Placement,
    },
    /// An organization in use whose collection is missing, or is another one of the same name: a restore
    /// that makes collections anew does that.
    Homeless {
        /// The organization.
        organization: OrganizationId,
        /// What its record says.
        placement: Placement,
    },
    /// Work that is still not finished, long after it began.
    Stuck {
        /// The organization.
        organization: OrganizationId,
        /// What it is in the middle of.
        status: Status,
        /// When that began.
        since: Timestamp,
    },
    /// Admins of an organization that is gone.
    LostAdmins {
        /// Their organization.
        organization: OrganizationId,
        /// What became of it.
        gone: Gone,
        /// The first hundred of them.
        admins: Vec<AdminId>,
    },
    /// A record that can't be read. What it would tell about other records is not known.
    Unreadable {
        /// The collection or table.
        collection: &'static str,
        /// The key of the record.
        id: String,
        /// The field and what is wrong with it.
        field: String,
    },
}

/// What became of an organization that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// There is no record of it.
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
            Self::Remains { organization, gone, at } => {
                write!(f, "{} organization {organization}, {gone}", Belongings(at))
            }
            Self::Straggler { organization, at, present } => {
                let present = present.collection_name();
                write!(f, "{} organization {organization}, which lies in {present}", Belongings(at))
            }
            Self::Homeless { organization, placement } => {
                let name = placement.collection_name();
                write!(
                    f,
                    "organization {organization}: its collection {name} is missing or another one"
                )
            }
            Self::Stuck { organization, status, since } => {
                write!(f, "organization {organization} is {} since {since}", status.as_str())
            }
            Self::LostAdmins { organization, gone, admins } => {
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

/// How a line about what lies at a place begins.
struct Belongings<'a>(&'a Placement);

impl fmt::Display for Belongings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Placement::Collection { name, .. } => write!(f, "collection {name} belongs to"),
            Placement::Shared => write!(f, "{} has documents of", Placement::SHARED),
        }
    }
}

/// Findings, each of them once.
#[derive(Default)]
pub(super) struct Findings(Vec<Finding>);

impl Findings {
    /// Adds what a look found; a record that it could not read is a finding too.
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
