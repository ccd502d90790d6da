//! Admins that another service had before.

use super::{Admin, NewAdmin};
use crate::model::Timestamp;

/// What is taken over of an admin of another service.
#[derive(Debug, Clone)]
pub struct AdoptedAdmin {
    /// What every admin starts with; the id is the one that it had.
    pub admin: NewAdmin,
    /// Whether it may log in.
    pub is_active: bool,
    /// The last time it logged in.
    pub last_login: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Admin {
    /// An admin of another service. It has no session: whatever that service gave out ends here.
    #[must_use]
    pub fn adopted(adopted: AdoptedAdmin) -> Self {
        let AdoptedAdmin { admin, is_active, last_login, created_at } = adopted;
        Self { is_active, last_login, ..Self::new(admin, created_at) }
    }
}
