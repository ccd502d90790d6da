//! Where an organization's documents lie.

use serde::{Deserialize, Serialize};

use super::{CollectionName, OrganizationId};

/// Where an organization's documents lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Placement {
    /// In a collection of its own.
    Collection {
        /// The physical name, given by the ledger and never computed again.
        name: CollectionName,
    },
}

impl Placement {
    /// The collection that holds the documents.
    #[must_use]
    pub fn collection(&self) -> &CollectionName {
        let Self::Collection { name } = self;
        name
    }
}

/// The handle a store needs for any access to documents: whose they are and where they lie. Only an
/// [`super::Organization`] gives one out, so that no query can be written without its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub(super) organization: OrganizationId,
    pub(super) placement: Placement,
}

impl Tenant {
    /// Whose documents they are.
    #[must_use]
    pub fn organization(&self) -> &OrganizationId {
        &self.organization
    }

    /// Where they lie.
    #[must_use]
    pub fn placement(&self) -> &Placement {
        &self.placement
    }
}
