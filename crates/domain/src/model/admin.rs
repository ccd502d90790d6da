//! Admins: the accounts that manage an organization.

mod accessors;
mod adopted;
mod email;
mod password;
mod sessions;
#[cfg(test)]
mod tests;

pub use email::{Email, EmailKey};
pub use password::{Password, PasswordHash};

use serde::{Deserialize, Deserializer, Serialize};

use super::{AdminId, AdminName, EventId, OrganizationId, Session, SessionId, Timestamp, Version};

pub use adopted::AdoptedAdmin;
pub use sessions::Refreshed;

/// Permissions of an admin in its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Full access, including other admins and deletion of the organization.
    Owner,
    /// Reads and changes the organization and its documents.
    Admin,
    /// Reads only.
    Viewer,
}

impl Role {
    /// Whether the role may change the organization and its documents.
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

/// Initial values of a new admin.
#[derive(Debug, Clone)]
pub struct NewAdmin {
    /// A new, unique id.
    pub id: AdminId,
    /// The organization of the admin; never changes.
    pub organization: OrganizationId,
    /// E-mail address, also the login name.
    pub email: Email,
    /// Display name.
    pub name: Option<AdminName>,
    /// Permissions of the admin.
    pub role: Role,
    /// Hash of the password.
    pub password_hash: PasswordHash,
}

/// Changes to an admin; the default changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminChange {
    /// The new address.
    pub email: Option<Email>,
    /// The session that survives a change of the address; all others end. Without it, all survive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<SessionId>,
    /// The new name; `Some(None)` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub name: Option<Option<AdminName>>,
    /// The new role.
    pub role: Option<Role>,
    /// Whether the admin may log in.
    pub is_active: Option<bool>,
    /// The new password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<NewPassword>,
}

/// A new password that an admin set for itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Hash of the password.
    pub hash: PasswordHash,
    /// The session that survives; all others end.
    pub kept: SessionId,
    /// The id of the audit event of this change.
    pub event: EventId,
}

/// An admin account with its sessions. Both are in one record, so that one write can change the
/// permissions of an admin and revoke its sessions.
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
    /// The version of the organization at which a change that removed an owner began. A late retry
    /// of that change must not apply it again.
    #[serde(default, rename = "relieved_at", skip_serializing_if = "Option::is_none")]
    applied_at: Option<Version>,
    /// As `applied_at`, for a change that was declined because its address was taken. It must not
    /// be applied when the address becomes free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declined_at: Option<Version>,
    last_login: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: Version,
}

impl Admin {
    /// A new, active admin without any login.
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
            applied_at: None,
            declined_at: None,
            last_login: None,
            created_at: now,
            updated_at: now,
            version: Version::FIRST,
        }
    }

    /// Applies `change`; returns an equal value when nothing changes. Deactivation ends all
    /// sessions.
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

    /// As [`Admin::amended`], for a change that the organization began at its version `begun`; none
    /// when the outcome of that change was decided before.
    #[must_use]
    pub fn with_pending_change(
        &self,
        change: &AdminChange,
        begun: Version,
        now: Timestamp,
    ) -> Option<Self> {
        if self.is_decided(begun) {
            return None;
        }
        let version = self.version.next();
        Some(Self { applied_at: Some(begun), version, ..self.amended(change, now) })
    }

    /// Marks the change that the organization began at version `begun` as declined.
    #[must_use]
    pub fn declining(&self, begun: Version) -> Self {
        Self { declined_at: Some(begun), version: self.version.next(), ..self.clone() }
    }

    /// Whether the change that the organization began at version `begun`, or a later one, was
    /// applied.
    #[must_use]
    pub fn has_applied(&self, begun: Version) -> bool {
        self.applied_at >= Some(begun) && self.declined_at != Some(begun)
    }

    fn is_decided(&self, begun: Version) -> bool {
        self.applied_at.max(self.declined_at) >= Some(begun)
    }

    /// Whether this is an owner who may log in.
    #[must_use]
    pub fn is_active_owner(&self) -> bool {
        self.is_active && self.role == Role::Owner
    }
}

/// Deserializes a value that is present, although it may be null.
fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
