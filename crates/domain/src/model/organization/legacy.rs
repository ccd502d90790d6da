//! Content of another service's database as it was read: nothing of it is validated yet.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::{CollectionName, PasswordHash, Timestamp};

/// Everything read from another service's database, except the documents of its organizations.
#[derive(Debug, Clone, Default)]
pub struct Legacy {
    /// The organizations.
    pub organizations: Vec<LegacyOrganization>,
    /// The admins.
    pub admins: Vec<LegacyAdmin>,
    /// The names of all existing collections.
    pub collections: BTreeSet<String>,
}

/// An organization of another service. A field is none when it is missing or malformed.
#[derive(Debug, Clone)]
pub struct LegacyOrganization {
    /// The id; an `ObjectId` of MongoDB as its hex digits.
    pub id: String,
    /// Display name.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Name of the collection that holds, or should hold, its documents.
    pub collection: String,
    /// Id of its first admin.
    pub founder: Option<String>,
    /// Time of creation.
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    pub updated_at: Option<Timestamp>,
    /// Whether its admins may use it.
    pub is_active: bool,
    /// The deletion, if it is deleted.
    pub deletion: Option<LegacyDeletion>,
}

/// Deletion of an organization of another service.
#[derive(Debug, Clone, Default)]
pub struct LegacyDeletion {
    /// Time of the deletion.
    pub at: Option<Timestamp>,
    /// Id of the actor.
    pub by: Option<String>,
}

/// An admin of another service. A field is none when it is missing or malformed.
#[derive(Debug, Clone)]
pub struct LegacyAdmin {
    /// The id; an `ObjectId` of MongoDB as its hex digits.
    pub id: String,
    /// The organization id that its record names.
    pub organization: Option<String>,
    /// E-mail address, also the login name.
    pub email: Option<String>,
    /// Name of the collection that contains the record.
    pub collection: String,
    /// Whether the record is among the documents of its organization.
    pub is_document: bool,
    /// Display name.
    pub name: Option<String>,
    /// Its role.
    pub role: Option<String>,
    /// Hash of the password.
    pub password_hash: Option<PasswordHash>,
    /// Whether it may log in.
    pub is_active: bool,
    /// Time of the last login.
    pub last_login: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Option<Timestamp>,
}

/// The collection with the documents of an organization of another service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyCollection {
    /// Name of the collection.
    pub name: String,
    /// Ids of the entries that are admins, not documents.
    pub admins: Vec<String>,
}

impl LegacyCollection {
    /// The name, if the ledger could have assigned it and it leaves space for the number of a later
    /// claim.
    #[must_use]
    pub fn kept_name(&self) -> Option<CollectionName> {
        const MANY: u64 = 9_999_999;
        let name = CollectionName::parse(self.name.as_str()).ok()?;
        CollectionName::parse(name.numbered(MANY).as_str()).ok().map(|_| name)
    }
}

/// A document of another service, as JSON.
#[derive(Debug, Clone)]
pub struct LegacyDocument {
    /// The id as text.
    pub id: String,
    /// Everything except the id.
    pub fields: Map<String, Value>,
}
