//! Use cases of an organization's admins.

mod change;
mod create;
pub(in crate::service) mod record;

pub use change::Progress;
pub use create::CreateAdmin;

use crate::model::{Admin, AdminId, Organization, OrganizationId, Page, PageSize};
use crate::ports::Ports;
use crate::service::port_set::port_set;
use crate::service::session::step_up::StepUp;
use crate::service::{Access, AdminContext, Error, Lifecycle, Limits, Resource};

/// Maximum attempts when other writes change the same records.
const ATTEMPTS: usize = 32;

port_set! { AdminsPorts { admins: AdminRepo, clock: Clock, hasher: PasswordHasher, ids: IdGenerator } + events }

/// Use cases of admins.
#[derive(Clone)]
pub struct Admins {
    ports: AdminsPorts,
    lifecycle: Lifecycle,
    access: Access,
    step_up: StepUp,
    limits: Limits,
}

impl Admins {
    pub(in crate::service) fn new(
        ports: &Ports,
        lifecycle: Lifecycle,
        access: Access,
        step_up: StepUp,
        limits: Limits,
    ) -> Self {
        Self { ports: ports.into(), lifecycle, access, step_up, limits }
    }

    /// Returns an admin of the caller's organization.
    ///
    /// # Errors
    /// [`Error::NotFound`], both for an unknown id and for an admin of another organization.
    pub async fn get(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        id: &AdminId,
    ) -> Result<Admin, Error> {
        let own = caller.authorize_read(organization)?.id();
        self.stored(own, id).await
    }

    /// Lists the admins of the caller's organization, ordered by id.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization.
    pub async fn list(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        after: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, Error> {
        let own = caller.authorize_read(organization)?.id();
        Ok(self.ports.admins.list(own, after, size).await?)
    }

    /// Returns the caller's organization without pending work, if the caller is still one of its
    /// owners. The organization is read first: removing or demoting the owner after that changes
    /// its version, so that a write over the version that was read here is refused.
    async fn settled_for_owner(&self, caller: &AdminContext) -> Result<Organization, Error> {
        let home = self.lifecycle.settled(caller.organization().id()).await?;
        self.access.reauthorize_stored(caller).await?.authorize_owner(home.id())?;
        Ok(home)
    }

    async fn stored(&self, organization: &OrganizationId, id: &AdminId) -> Result<Admin, Error> {
        let admin = self.ports.admins.get(id).await?;
        let admin = admin.filter(|admin| admin.organization_id() == organization);
        admin.ok_or(Error::NotFound(Resource::Admin))
    }
}
