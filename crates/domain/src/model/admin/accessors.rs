//! Accessors of [`Admin`].

use super::{Admin, Role};
use crate::model::{
    AdminId, AdminName, Email, OrganizationId, PasswordHash, Session, SessionId, Timestamp, Version,
};

impl Admin {
    /// Id of the admin.
    #[must_use]
    pub fn id(&self) -> &AdminId {
        &self.id
    }

    /// Id of its organization.
    #[must_use]
    pub fn organization_id(&self) -> &OrganizationId {
        &self.organization_id
    }

    /// E-mail address, also the login name.
    #[must_use]
    pub fn email(&self) -> &Email {
        &self.email
    }

    /// Display name.
    #[must_use]
    pub fn name(&self) -> Option<&AdminName> {
        self.name.as_ref()
    }

    /// Permissions of the admin.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Hash of the password.
    #[must_use]
    pub fn password_hash(&self) -> &PasswordHash {
        &self.password_hash
    }

    /// Whether it may log in.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.is_active
    }

    /// The sessions that are alive at `now`, in the order of their creation.
    pub fn sessions(&self, now: Timestamp) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| session.is_alive(now))
    }

    /// The session with this id, if it is alive at `now`.
    #[must_use]
    pub fn session(&self, id: &SessionId, now: Timestamp) -> Option<&Session> {
        self.sessions(now).find(|session| session.id() == id)
    }

    /// Time of the last login.
    #[must_use]
    pub fn last_login(&self) -> Option<Timestamp> {
        self.last_login
    }

    /// Time of creation.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Time of the last change; logins and sessions do not count.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// Version of the record.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }
}
