//! Reads of organizations.

use super::Organizations;
use crate::model::{Organization, OrganizationId, Page, PageSize};
use crate::ports::OrganizationFilter;
use crate::service::session::access::require_active;
use crate::service::{Caller, Error, OperatorContext, Resource};

impl Organizations {
    /// Returns an organization: to an admin only its own, to the operator any, deleted ones
    /// included.
    ///
    /// # Errors
    /// [`Error::NotFound`], both for an unknown id and for another organization than the admin's.
    pub async fn get(&self, caller: &Caller, id: &OrganizationId) -> Result<Organization, Error> {
        match caller {
            Caller::Admin(admin) => {
                admin.authorize_read(id)?;
                require_active(self.ports.organizations.get(id).await?)
            }
            Caller::Operator(_) => self.stored(id).await,
        }
    }

    /// Lists organizations ordered by id, which is the order of their creation.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        _operator: &OperatorContext,
        filter: &OrganizationFilter,
        after: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, Error> {
        Ok(self.ports.organizations.list(filter, after, size).await?)
    }

    pub(super) async fn stored(&self, id: &OrganizationId) -> Result<Organization, Error> {
        let stored = self.ports.organizations.get(id).await?;
        stored.ok_or(Error::NotFound(Resource::Organization))
    }
}
