//! More admins.

use super::{Admins, record};
use crate::model::{Admin, AdminName, Email, NewAdmin, OrganizationId, Password, Role};
use crate::ports::{InsertAdminError, WriteError};
use crate::service::access::usable;
use crate::service::{AdminContext, Error};

/// An admin as an owner asks for it.
#[derive(Debug, Clone)]
pub struct CreateAdmin {
    /// Where it can be reached, and the name it logs in with.
    pub email: Email,
    /// What people call it.
    pub name: Option<AdminName>,
    /// What it may do.
    pub role: Role,
    /// Its first password.
    pub password: Password,
}

impl Admins {
    /// Adds an admin to the caller's organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another's organization, [`Error::Forbidden`] for all but owners,
    /// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::Suspended`], [`Error::Overloaded`] and [`Error::Store`].
    pub async fn create(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        request: CreateAdmin,
    ) -> Result<Admin, Error> {
        let own = caller.own_as_owner(organization)?;
        request
            .password
            .must_not_be_guessable(&request.email, own.name())
            .map_err(|invalid| Error::Invalid(invalid.at("/password")))?;
        // Refuses early, before a password is hashed; the record's own write decides.
        if self.ports.admins.find_by_email(&request.email.key()).await?.is_some() {
            return Err(Error::EmailTaken);
        }
        let admin = NewAdmin {
            id: self.ports.ids.admin(),
            organization: own.id().clone(),
            email: request.email,
            name: request.name,
            role: request.role,
            password_hash: self.ports.hasher.hash(request.password).await?,
        };
        let admin = Admin::new(admin, self.ports.clock.now());
        self.insert(&admin).await?;
        self.belongs(&admin).await?;
        Ok(admin)
    }

    /// A failure that may hide a success is looked into.
    async fn insert(&self, admin: &Admin) -> Result<(), Error> {
        match self.ports.admins.insert(admin).await {
            Ok(()) => Ok(()),
            Err(InsertAdminError::EmailTaken) => Err(Error::EmailTaken),
            Err(InsertAdminError::Store(cause)) => match self.ports.admins.get(admin.id()).await {
                Ok(Some(_)) => Ok(()),
                _ => Err(cause.into()),
            },
        }
    }

    /// Takes an admin back whose organization was deleted meanwhile, and its admins removed before this one
    /// was there.
    async fn belongs(&self, admin: &Admin) -> Result<(), Error> {
        let organization = self.ports.organizations.get(admin.organization_id()).await?;
        match usable(organization) {
            Ok(_) | Err(Error::Suspended) => Ok(()),
            Err(gone) => match record::remove(&self.ports, admin.id(), admin.version()).await {
                Err(WriteError::Store(cause)) => Err(cause.into()),
                Ok(()) | Err(WriteError::Stale | WriteError::Taken) => Err(gone),
            },
        }
    }
}
