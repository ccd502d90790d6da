//! Organizations, from sign-up to the end.

mod change;
mod create;
mod read;

pub(super) use change::report_unfinished;

use super::port_set::port_set;
use crate::model::{AdminName, Description, Email, Metadata, Naming, OrganizationName, Password};
use crate::ports::Ports;
use crate::service::{Capacity, Lifecycle, Limits};

/// Who may create organizations (`SIGNUP`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signup {
    /// Anyone.
    #[default]
    Open,
    /// The operator only.
    Operator,
}

/// An organization as somebody asks for it.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// What people are to call it.
    pub name: OrganizationName,
    /// What it says of itself.
    pub description: Option<Description>,
    /// What its clients attach to it.
    pub metadata: Metadata,
    /// Its first admin.
    pub owner: NewOwner,
}

/// The first admin of an organization, as somebody asks for it.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// Where it can be reached, and the name it logs in with.
    pub email: Email,
    /// What people call it.
    pub name: Option<AdminName>,
    /// The password it chose.
    pub password: Password,
}

port_set! { OrganizationsPorts { admins: AdminRepo, clock: Clock, hasher: PasswordHasher, ids: IdGenerator, organizations: OrganizationRepo } + events }

/// Use cases of organizations. An answer with a pending organization means that the change is
/// durable and will be finished, by this process or by the next.
#[derive(Clone)]
pub struct Organizations {
    ports: OrganizationsPorts,
    lifecycle: Lifecycle,
    capacity: Capacity,
    limits: Limits,
    signup: Signup,
    naming: Naming,
}

impl Organizations {
    pub(super) fn new(
        ports: &Ports,
        lifecycle: Lifecycle,
        capacity: Capacity,
        limits: Limits,
        signup: Signup,
        naming: Naming,
    ) -> Self {
        Self { ports: ports.into(), lifecycle, capacity, limits, signup, naming }
    }
}
