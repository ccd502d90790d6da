//! Creation of admins.

use super::{ATTEMPTS, Admins};
use crate::model::{
    Admin, AdminName, Email, Excess, NewAdmin, Organization, OrganizationId, Password, Role,
};
use crate::ports::{HashJob, WriteError};
use crate::service::organization::organizations::report_unfinished;
use crate::service::{AdminContext, DriveOutcome, Error, Resource};

/// An admin as an owner requests it.
#[derive(Debug, Clone)]
pub struct CreateAdmin {
    /// E-mail address, also the login name.
    pub email: Email,
    /// Display name.
    pub name: Option<AdminName>,
    /// Permissions of the admin.
    pub role: Role,
    /// Initial password.
    pub password: Password,
}

impl Admins {
    /// Adds an admin to the caller's organization.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization, [`Error::Forbidden`] for all except owners,
    /// [`Error::Invalid`], [`Error::EmailTaken`], [`Error::QuotaExceeded`], [`Error::DailyLimit`],
    /// [`Error::Suspended`], [`Error::Overloaded`] and [`Error::Store`].
    pub async fn create(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        request: CreateAdmin,
    ) -> Result<Admin, Error> {
        let own = caller.authorize_owner(organization)?;
        request
            .password
            .must_not_be_guessable(&request.email, own.name())
            .map_err(|invalid| Error::Invalid(invalid.at("/password")))?;
        self.must_have_room(own.id()).await?;
        // Before the address is looked up: the response reveals whether it has an account in any
        // organization.
        self.limits.count_change(own.id())?;
        // Checks early, before a password is hashed; the write of the record decides.
        if self.ports.admins.find_by_email(&request.email.key()).await?.is_some() {
            return Err(Error::EmailTaken);
        }
        let job = HashJob::change(own.id());
        let admin = NewAdmin {
            id: self.ports.ids.admin(),
            organization: own.id().clone(),
            email: request.email,
            name: request.name,
            role: request.role,
            password_hash: self.ports.hasher.hash(job, request.password).await?,
        };
        let admin = Admin::new(admin, self.ports.clock.now());
        self.insert_through_organization(caller, &admin).await?;
        Ok(admin)
    }

    /// Inserts the admin through the record of its organization, so that the organization can't be
    /// deleted meanwhile. Authorizes the caller again, who may have been revoked while the password
    /// was hashed.
    async fn insert_through_organization(
        &self,
        caller: &AdminContext,
        admin: &Admin,
    ) -> Result<(), Error> {
        let act = caller.act(&self.ports.events);
        for _ in 0..ATTEMPTS {
            let home = self.settled_for_owner(caller).await?;
            // No other admin can be added before the write below, which refuses another version.
            self.must_have_room(home.id()).await?;
            let begun = home.adding_admin(admin.clone(), act.clone(), self.ports.clock.now())?;
            match self.lifecycle.write(&begun, home.version(), &[]).await {
                Ok(()) => return self.drive_and_check(begun, admin).await,
                Err(WriteError::Stale | WriteError::Taken) => {}
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn must_have_room(&self, own: &OrganizationId) -> Result<(), Error> {
        let Some(most) = self.limits.most_admins() else { return Ok(()) };
        if self.ports.admins.count(own).await? < most {
            Ok(())
        } else {
            Err(Error::QuotaExceeded(Excess::Admins))
        }
    }

    /// Drives `begun`, and checks whether `admin` was inserted: it was not if its address was taken
    /// meanwhile.
    async fn drive_and_check(&self, begun: Organization, admin: &Admin) -> Result<(), Error> {
        match self.lifecycle.drive(begun).await {
            DriveOutcome::Settled(_) => {}
            DriveOutcome::Undone => return Err(Error::NotFound(Resource::Organization)),
            DriveOutcome::Unfinished { organization, cause } => {
                report_unfinished(&organization, &cause);
                return Err(cause.into());
            }
            DriveOutcome::Unknown(cause) => return Err(cause.into()),
        }
        match self.ports.admins.find_by_email(&admin.email().key()).await? {
            Some(other) if other.id() != admin.id() => Err(Error::EmailTaken),
            _ => Ok(()),
        }
    }
}
