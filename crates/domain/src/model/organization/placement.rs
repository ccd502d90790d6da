//! Placement of an organization's documents.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{CollectionName, OrganizationId, StorageQuota};

/// Placement of an organization's documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Placement {
    /// A dedicated collection.
    Collection {
        /// The physical name, assigned by the ledger and never recomputed.
        name: CollectionName,
        /// Distinguishes the collection from all others that ever had the name, on stores with
        /// collection UUIDs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uuid: Option<CollectionUuid>,
    },
    /// The shared collection, under keys that begin with the organization's id.
    Shared,
}

/// UUID that a store gives to a collection for its lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CollectionUuid(pub Uuid);

/// Kind of the ids of a tenant's documents, as they are stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentIds {
    /// Text.
    #[default]
    Text,
    /// Text, or MongoDB `ObjectId`s: another program created the documents. The API represents such
    /// an id as its 24 hex digits.
    Mixed,
}

impl DocumentIds {
    /// Whether all of them are text.
    #[must_use]
    pub fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

/// Kind of placement of an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlacementKind {
    /// A dedicated collection.
    #[default]
    Collection,
    /// Part of the shared collection.
    Shared,
}

impl Placement {
    /// The physical name of the shared collection.
    pub const SHARED: &str = "shared_documents";

    /// The dedicated collection, which holds the documents of this organization only.
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

/// The handle that a store needs for any access to documents: owner, placement, kind of ids and
/// quota. Only an [`super::Organization`] gives one out, so that no query can be written without
/// its owner; `left_at` is for repairs only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    pub(in crate::model) organization: OrganizationId,
    pub(in crate::model) placement: Placement,
    pub(in crate::model) quota: StorageQuota,
    pub(in crate::model) document_ids: DocumentIds,
}

impl Tenant {
    /// The handle to the documents that `organization` left at `placement`. Its record may be gone
    /// or name another placement.
    pub(crate) fn left_at(organization: &OrganizationId, placement: &Placement) -> Self {
        let (organization, placement) = (organization.clone(), placement.clone());
        // Repairs have to find everything that is left.
        let (quota, document_ids) = (StorageQuota::UNLIMITED, DocumentIds::Mixed);
        Self { organization, placement, quota, document_ids }
    }

    /// The organization that owns the documents.
    #[must_use]
    pub fn organization(&self) -> &OrganizationId {
        &self.organization
    }

    /// Placement of the documents.
    #[must_use]
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// Kind of the ids of its documents.
    #[must_use]
    pub fn document_ids(&self) -> DocumentIds {
        self.document_ids
    }

    /// Storage quota.
    #[must_use]
    pub fn quota(&self) -> StorageQuota {
        self.quota
    }
}
