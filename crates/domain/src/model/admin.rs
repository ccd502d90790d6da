//! The people who run an organization.

mod accessors;
mod adopted;
mod sessions;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Deserializer, Serialize};

use super::{
    AdminId, AdminName, Email, EventId, OrganizationId, PasswordHash, Session, SessionId,
    Timestamp, Version,
};

pub use adopted::AdoptedAdmin;
pub use sessions::Refreshed;

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

    /// The role as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Viewer => "viewer",
        }
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

/// What to change of an admin; nothing, by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminChange {
    /// Another address.
    pub email: Option<Email>,
    /// The session that goes on when the address is another; all others end. Without it, all go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<SessionId>,
    /// Another name, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub name: Option<Option<AdminName>>,
    /// Another role.
    pub role: Option<Role>,
    /// Whether it may log in.
    pub is_active: Option<bool>,
    /// Another password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<NewPassword>,
}

/// Another password, as an admin chose it for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Of the password.
    pub hash: PasswordHash,
    /// The session that goes on; all others end.
    pub kept: SessionId,
    /// The id of the event that tells of it.
    pub event: EventId,
}

/// A person who runs an organization, with the sessions it has. They lie in one record, so that one write
/// both changes what an admin may do and ends what it was doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admin {
    id: AdminId,
    organization_id: OrganizationId,
    email: Email,
    name: Option<AdminName>,
    role: Role,
    password_hash: PasswordHash,
    is_active: bool,
    #[serde(default)]
    sessions: Vec<Session>,
    /// The version of the organization at which a change that took an owner from it was begun: a driver
    /// of that change that comes late must not make it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relieved_at: Option<Version>,
    /// The same of a change that could not be made, because its address was taken: it must not be made when
    /// the address is free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declined_at: Option<Version>,
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
            sessions: Vec::new(),
            relieved_at: None,
            declined_at: None,
            last_login: None,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }

    /// What `change` makes of it: the same value when nothing changes. Who is deactivated is logged out.
    #[must_use]
    pub fn amended(&self, change: &AdminChange, now: Timestamp) -> Self {
        let mut next = match &change.password {
            Some(new) => self.with_password(new.hash.clone(), &new.kept, now),
            None => self.clone(),
        };
        if let Some(email) = &change.email {
            if let Some(kept) = change.kept.as_ref().filter(|_| email.key() != self.email.key()) {
                next.sessions.retain(|session| session.id() == kept);
            }
            next.email = email.clone();
        }
        if let Some(name) = &change.name {
            next.name.clone_from(name);
        }
        next.role = change.role.unwrap_or(self.role);
        next.is_active = change.is_active.unwrap_or(self.is_active);
        if !next.is_active {
            next.sessions.clear();
        }
        if next == *self {
            return next;
        }
        next.updated_at = now;
        next.version = self.version.next();
        next
    }

    /// [`Admin::amended`], by a change that its organization began at its version `begun`; none when it was
    /// decided already what becomes of that.
    #[must_use]
    pub fn relieved(&self, change: &AdminChange, begun: Version, now: Timestamp) -> Option<Self> {
        if self.has_decided(begun) {
            return None;
        }
        let version = self.version.next();
        Some(Self { relieved_at: Some(begun), version, ..self.amended(change, now) })
    }

    /// The same admin, once the change that its organization began at version `begun` can't be made any more.
    #[must_use]
    pub fn declined(&self, begun: Version) -> Self {
        Self { declined_at: Some(begun), version: self.version.next(), ..self.clone() }
    }

    /// Whether the change that its organization began at version `begun`, or a later one, was made.
    #[must_use]
    pub fn is_relieved(&self, begun: Version) -> bool {
        self.relieved_at >= Some(begun) && self.declined_at != Some(begun)
    }

    fn has_decided(&self, begun: Version) -> bool {
        self.relieved_at.max(self.declined_at) >= Some(begun)
    }

    /// Whether the organization can count on it: an owner who may log in.
    #[must_use]
    pub fn is_active_owner(&self) -> bool {
        self.is_active && self.role == Role::Owner
    }
}

/// A value that is there, although it may be null.
fn given<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
