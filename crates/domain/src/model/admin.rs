//! The people who run an organization.

use serde::{Deserialize, Serialize};

use super::{AdminId, AdminName, Email, OrganizationId, PasswordHash, Timestamp, Version};

/// What an admin may do in its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, other admins and the end of the organization included.
    Owner,
    /// Changes the organization and its documents.
    Admin,
    /// Reads.
    Viewer,
}

impl Role {
    /// Whether the role changes the organization and its documents.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

/// What a new admin starts with.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    /// A fresh id.
    pub id: AdminId,
    /// The organization it belongs to, for ever.
    pub organization: OrganizationId,
    /// Where it can be reached, and the name it logs in with.
    pub email: Email,
    /// What people call it.
    pub name: Option<AdminName>,
    /// What it may do.
    pub role: Role,
    /// Of its password.
    pub password_hash: PasswordHash,
}

/// A person who runs an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    id: AdminId,
    organization_id: OrganizationId,
    email: Email,
    name: Option<AdminName>,
    role: Role,
    password_hash: PasswordHash,
    is_active: bool,
    last_login: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: Version,
}

impl Admin {
    /// An active admin that has never logged in.
    #[must_use]
    pub fn new(new: NewAdmin, now: Timestamp) -> Self {
        Self {
            id: new.id,
            organization_id: new.organization,
            email: new.email,
            name: new.name,
            role: new.role,
            password_hash: new.password_hash,
            is_active: true,
            last_login: None,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }

    /// This admin after a login at `now`, with its hash renewed where the login made a better one.
    #[must_use]
    pub fn logged_in(&self, renewed: Option<PasswordHash>, now: Timestamp) -> Self {
        let mut next = self.clone();
        if let Some(hash) = renewed {
            next.password_hash = hash;
        }
        next.last_login = Some(now);
        next.version = self.version.next();
        next
    }

    /// The admin's id.
    #[must_use]
    pub fn id(&self) -> &AdminId {
        &self.id
    }

    /// The organization it belongs to.
    #[must_use]
    pub fn organization_id(&self) -> &OrganizationId {
        &self.organization_id
    }

    /// The address it logs in with.
    #[must_use]
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> Option<&AdminName> {
        self.name.as_ref()
    }

    /// What it may do.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Of its password.
    #[must_use]
    pub fn password_hash(&self) -> &PasswordHash {
        &self.password_hash
    }

    /// Whether it may log in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    /// The last time it logged in.
    #[must_use]
    pub fn last_login(&self) -> Option<Timestamp> {
        self.last_login
    }

    /// When it was made.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When somebody last changed it; logins do not count.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// How often it was written.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }
}
