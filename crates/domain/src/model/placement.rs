//! Where an organization's documents lie.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CollectionName, OrganizationId, StorageQuota};

/// Where an organization's documents lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Placement {
    /// In a collection of its own.
    Collection {
        /// The physical name, given by the ledger and never computed again.
        name: CollectionName,
        /// What tells the collection from any other that ever had the name, in stores that know it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uuid: Option<CollectionUuid>,
    },
    /// Beside those of other organizations, under keys that begin with the organization's id.
    Shared,
}

/// What a store calls a collection beside its name, for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CollectionUuid(pub Uuid);

/// What the ids of a tenant's documents are, as its store has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentIds {
    /// Text.
    #[default]
    Text,
    /// Text, or ids of MongoDB's own: another program made the documents. Such an id is shown, and asked
    /// for, as its 24 hex digits.
    Mixed,
}

impl DocumentIds {
    /// Whether all of them are text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// Which kind of place an organization gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementKind {
    /// A collection of its own.
    #[default]
    Collection,
    /// A part of the shared collection.
    Shared,
}

impl Placement {
    /// The physical name of the collection that many organizations share.
    pub const SHARED: &str = "shared_documents";

    /// The collection that holds the documents of this organization and of no other.
    #[must_use]
    pub fn own_collection(&self) -> Option<&CollectionName> {
        match self {
            Self::Collection { name, .. } => Some(name),
            Self::Shared => None,
        }
    }

    /// The physical name of the collection that holds the documents.
    #[must_use]
    pub fn collection_name(&self) -> &str {
        self.own_collection().map_or(Self::SHARED, CollectionName::as_str)
    }
}

impl fmt::Display for CollectionUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The handle a store needs for any access to documents: whose they are, where they lie and how much they may be. Only an
/// [`super::Organization`] gives one out, so that no query can be written without its owner; what one left
/// that is gone is for repairs alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub(super) organization: OrganizationId,
    pub(super) placement: Placement,
    pub(super) quota: StorageQuota,
    pub(super) document_ids: DocumentIds,
}

impl Tenant {
    /// The handle to what `organization` left at `placement`; its record may be gone, or say otherwise.
    pub(crate) fn left_at(organization: &OrganizationId, placement: &Placement) -> Self {
        let (organization, placement) = (organization.clone(), placement.clone());
        // Whatever it left is to be found.
        let (quota, document_ids) = (StorageQuota::UNLIMITED, DocumentIds::Mixed);
        Self { organization, placement, quota, document_ids }
    }

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

    /// What the ids of its documents are.
    #[must_use]
    pub fn document_ids(&self) -> DocumentIds {
        self.document_ids
    }

    /// How much there may be.
    #[must_use]
    pub fn quota(&self) -> StorageQuota {
        self.quota
    }
}
