//! Admins migrated from another service.

use super::{Admin, NewAdmin};
use crate::model::Timestamp;

/// Values that are migrated from an admin of another service.
#[derive(Debug, Clone)]
pub struct AdoptedAdmin {
    /// The values of a new admin; the id is the original one.
    pub admin: NewAdmin,
    /// Whether it may log in.
    pub is_active: bool,
    /// Time of the last login.
    pub last_login: Option<Timestamp>,
    /// Time of creation.
    pub created_at: Timestamp,
}

impl Admin {
    /// Builds a migrated admin. It has no sessions: tokens of the other service are not accepted.
    #[must_use]
    pub fn adopted(adopted: AdoptedAdmin) -> Self {
        let AdoptedAdmin { admin, is_active, last_login, created_at } = adopted;
        Self { is_active, last_login, ..Self::new(admin, created_at) }
    }
}
