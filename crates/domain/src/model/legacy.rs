//! What a database of another service holds, as it was found there: nothing of it is checked yet.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{CollectionName, PasswordHash, Timestamp};

/// All that is read of a database of another service, but for the documents of its organizations.
#[derive(Debug, Clone, Default)]
pub struct Legacy {
    /// Its organizations.
    pub organizations: Vec<LegacyOrganization>,
    /// Its admins.
    pub admins: Vec<LegacyAdmin>,
    /// The names of all collections that are there.
    pub collections: BTreeSet<String>,
}

/// An organization of another service. What is none is missing, or not what it should be.
#[derive(Debug, Clone)]
pub struct LegacyOrganization {
    /// Its id; that of `MongoDB`'s own as its hex digits.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// The name of the collection that has, or should have, its documents.
    pub collection: String,
    /// The id of the admin that it was made with.
    pub founder: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// Whether its admins may use it.
    pub is_active: bool,
    /// That it is deleted.
    pub deletion: Option<LegacyDeletion>,
}

/// That an organization of another service is deleted.
#[derive(Debug, Clone, Default)]
pub struct LegacyDeletion {
    /// When that was.
    pub at: Option<Timestamp>,
    /// The id of who did it.
    pub by: Option<String>,
}

/// An admin of another service. What is none is missing, or not what it should be.
#[derive(Debug, Clone)]
pub struct LegacyAdmin {
    /// Its id; that of `MongoDB`'s own as its hex digits.
    pub id: String,
    /// The id of the organization that it says it belongs to.
    pub organization: Option<String>,
    /// The address it logs in with.
    pub email: Option<String>,
    /// The name of the collection that it lies in.
    pub collection: String,
    /// Whether it lies among the documents of its organization.
    pub is_document: bool,
    /// What people call it.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<String>,
    /// Of its password.
    pub password_hash: Option<PasswordHash>,
    /// Whether it may log in.
    pub is_active: bool,
    /// The last time it logged in.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Where the documents of an organization of another service lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegacyCollection {
    /// The name of the collection.
    pub name: String,
    /// The ids of what lies among the documents, and is an admin.
    pub admins: Vec<String>,
}

impl LegacyCollection {
    /// Its name, if that is one that the ledger could have given, with room for the number of a later claim.
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
    /// Its id as text.
    pub id: String,
    /// Everything but the id.
    pub fields: Map<String, Value>,
}
