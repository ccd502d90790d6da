//! What anybody may know of organizations, where an installation mounts interfaces that tell it: their names,
//! and who founded them. Nothing that a tenant keeps.

use super::port_set::port_set;
use super::{Error, Resource};
use crate::model::{
    Admin, AdminId, ClientAddress, Organization, OrganizationId, OrganizationName, PageSize, Slug,
};
use crate::ports::{Ports, Requester};

/// An organization as anybody may see it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The organization.
    pub organization: Organization,
    /// Who speaks for it: the admin that it was made with, or else its first owner.
    pub admin: Option<Admin>,
}

port_set! { DirectoryPorts { admins: AdminRepo, organizations: OrganizationRepo } }

/// Use cases without a caller.
#[derive(Clone)]
pub struct Directory {
    ports: DirectoryPorts,
}

impl Directory {
    /// How many organizations a list has at most.
    pub const MOST: usize = 1000;
    /// How many organizations can be left out before a list.
    pub const FARTHEST: u64 = 100_000;

    pub(super) fn new(ports: &Ports) -> Self {
        Self { ports: ports.into() }
    }

    /// The organization of this name.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub async fn named(&self, name: &OrganizationName) -> Result<Entry, Error> {
        let slug = Slug::of(name);
        let found = self.ports.organizations.find_by_slug(&slug).await?;
        // A name that is only reserved may never come.
        let named = |it: &Organization| *it.slug() == slug || it.is_renaming();
        self.entry(shown(found.filter(named))?).await
    }

    /// The organization with this id.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Store`].
    pub async fn get(&self, id: &OrganizationId) -> Result<Organization, Error> {
        shown(self.ports.organizations.get(id).await?)
    }

    /// Up to `limit` organizations after the first `skip`, in the order of their making: at most
    /// [`Directory::MOST`], and none after the first [`Directory::FARTHEST`], so that nobody can make the server walk
    /// for long by asking for what is far away. They come without their metadata.
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
            let page = self.ports.organizations.shown(&requester, after, skip, size).await?;
            // A thousand records with metadata of 16 KiB each would be held for one request.
            found.extend(page.items.into_iter().map(Organization::without_metadata));
            if !page.more {
                break;
            }
            skip = 0;
        }
        Ok(found)
    }

    /// The organization with whoever speaks for it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn entry(&self, organization: Organization) -> Result<Entry, Error> {
        let founder = match organization.founder() {
            Some(id) => self.ports.admins.get(id).await?,
            None => None,
        };
        let admin = match founder {
            Some(founder) => Some(founder),
            None => self.first_owner(organization.id()).await?,
        };
        Ok(Entry { organization, admin })
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

/// The organization, unless it is still to come, or is going.
fn shown(found: Option<Organization>) -> Result<Organization, Error> {
    found.filter(Organization::is_shown).ok_or(Error::NotFound(Resource::Organization))
}
