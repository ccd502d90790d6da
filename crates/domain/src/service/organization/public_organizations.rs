//! Public directory of organizations, for installations with public interfaces: names and founders
//! only, no tenant data.

use crate::model::{
    Admin, AdminId, ClientAddress, Organization, OrganizationId, OrganizationName, PageSize, Slug,
};
use crate::ports::{Ports, Requester};
use crate::service::port_set::port_set;
use crate::service::{Error, Resource};

/// Public view of an organization.
#[derive(Debug, Clone)]
pub struct PublicOrganization {
    /// The organization.
    pub organization: Organization,
    /// Its representative: the admin that it was created with, or else its first owner.
    pub admin: Option<Admin>,
}

port_set! { PublicOrganizationsPorts { admins: AdminRepo, organizations: OrganizationRepo } }

/// Use cases without authentication.
#[derive(Clone)]
pub struct PublicOrganizations {
    ports: PublicOrganizationsPorts,
}

impl PublicOrganizations {
    /// Maximum number of organizations in a list.
    pub const MOST: usize = 1000;
    /// Maximum number of organizations that a list may skip.
    pub const FARTHEST: u64 = 100_000;

    pub(in crate::service) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// Returns the organization of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub async fn find_by_name(&self, name: &OrganizationName) -> Result<PublicOrganization, Error> {
        let slug = Slug::of(name);
        let found = self.ports.organizations.find_by_slug(&slug).await?;
        // A name that is only reserved may never take effect.
        let named = |it: &Organization| *it.slug() == slug || it.is_renaming();
        self.with_representative(require_public(found.filter(named))?).await
    }

    /// Returns the organization with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub async fn get(&self, id: &OrganizationId) -> Result<Organization, Error> {
        require_public(self.ports.organizations.get(id).await?)
    }

    /// Lists up to `limit` organizations after the first `skip`, in the order of their creation: at
    /// most [`PublicOrganizations::MOST`], and none after the first
    /// [`PublicOrganizations::FARTHEST`], so that a request with a large offset can't cause a long
    /// scan. The list omits their metadata.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list(
        &self,
        client: ClientAddress,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Organization>, Error> {
        let requester = Requester::client(client);
        let mut found: Vec<Organization> = Vec::new();
        let Ok(mut skip @ 0..=Self::FARTHEST) = u64::try_from(skip) else { return Ok(found) };
        let limit = limit.min(Self::MOST);
        while found.len() < limit {
            let size = PageSize::up_to(limit - found.len());
            let after = found.last().map(Organization::id);
            let page = self.ports.organizations.list_public(&requester, after, skip, size).await?;
            // Otherwise a request could hold a thousand records with metadata of 16 KiB each.
            found.extend(page.items.into_iter().map(Organization::without_metadata));
            if !page.more {
                break;
            }
            skip = 0;
        }
        Ok(found)
    }

    /// Adds the representative to the organization.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn with_representative(
        &self,
        organization: Organization,
    ) -> Result<PublicOrganization, Error> {
        let founder = match organization.founder() {
            Some(id) => self.ports.admins.get(id).await?,
            None => None,
        };
        let admin = match founder {
            Some(founder) => Some(founder),
            None => self.first_owner(organization.id()).await?,
        };
        Ok(PublicOrganization { organization, admin })
    }

    async fn first_owner(&self, id: &OrganizationId) -> Result<Option<Admin>, Error> {
        let mut after: Option<AdminId> = None;
        loop {
            let page = self.ports.admins.list(id, after.as_ref(), PageSize::MAX).await?;
            after = page.items.last().map(|admin| admin.id().clone());
            let mut owners = page.items.into_iter().filter(Admin::is_active_owner);
            if let Some(owner) = owners.next() {
                return Ok(Some(owner));
            }
            if !page.more {
                return Ok(None);
            }
        }
    }
}

/// The organization, unless it is provisioning, being deleted or deleted.
fn require_public(found: Option<Organization>) -> Result<Organization, Error> {
    found.filter(Organization::is_public).ok_or(Error::NotFound(Resource::Organization))
}
