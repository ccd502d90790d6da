//! Use cases of organizations, from sign-up to deletion.

mod change;
mod create;
mod read;

pub(in crate::service) use change::report_unfinished;

use crate::model::{AdminName, Description, Email, Metadata, Naming, OrganizationName, Password};
use crate::ports::Ports;
use crate::service::port_set::port_set;
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

/// An organization as a client requests it.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// Display name.
    pub name: OrganizationName,
    /// Description.
    pub description: Option<Description>,
    /// Metadata of its clients.
    pub metadata: Metadata,
    /// Its first admin.
    pub owner: NewOwner,
}

/// The first admin of an organization, as a client requests it.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// E-mail address, also the login name.
    pub email: Email,
    /// Display name.
    pub name: Option<AdminName>,
    /// The chosen password.
    pub password: Password,
}

port_set! { OrganizationsPorts { admins: AdminRepo, clock: Clock, hasher: PasswordHasher, ids: IdGenerator, organizations: OrganizationRepo } + events }

/// Use cases of organizations. When a use case returns a pending organization, the change is
/// durable and will be completed, by this process or another.
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
    pub(in crate::service) fn new(
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
