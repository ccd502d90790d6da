//! What can be read of an admin.

use super::{Admin, Role};
use crate::model::{
    AdminId, AdminName, Email, OrganizationId, PasswordHash, Session, SessionId, Timestamp, Version,
};

impl Admin {
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

    /// Its sessions that last at `now`, in the order in which they began.
    pub fn sessions(&self, now: Timestamp) -> impl Iterator<Item = &Session> {
        self.sessions.iter().filter(move |session| session.is_alive(now))
    }

    /// Its session with this id, when it lasts at `now`.
    #[must_use]
    pub fn session(&self, id: &SessionId, now: Timestamp) -> Option<&Session> {
        self.sessions(now).find(|session| session.id() == id)
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

    /// When somebody last changed it; logins and sessions do not count.
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
