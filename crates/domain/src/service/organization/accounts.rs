//! Changes an organization's name and the caller's own account in one request.

use crate::model::{
    Admin, AdminChange, AuditContext, Email, NewPassword, NextName, Organization,
    OrganizationChange, OrganizationName, Password, Precondition, Slug,
};
use crate::ports::{HashJob, Ports, TokenError, WriteError};
use crate::service::admin::admins::record;
use crate::service::audit_events::admin_events;
use crate::service::organization::organizations::report_unfinished;
use crate::service::port_set::port_set;
use crate::service::session::access::require_active;
use crate::service::session::step_up::StepUp;
use crate::service::{
    Access, AdminContext, DriveOutcome, Error, Lifecycle, Limits, Organizations, Resource,
};

/// Maximum attempts when other writes change the same records.
const ATTEMPTS: usize = 32;

/// The requested changes; the default changes nothing.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The new name of the organization.
    pub name: Option<OrganizationName>,
    /// The new e-mail address of the admin.
    pub email: Option<Email>,
    /// The new password of the admin.
    pub password: Option<Password>,
}

port_set! { AccountsPorts { admins: AdminRepo, clock: Clock, hasher: PasswordHasher, ids: IdGenerator, organizations: OrganizationRepo } + events }

/// Use case: change the name of the organization and the caller's account, together.
#[derive(Clone)]
pub struct Accounts {
    ports: AccountsPorts,
    lifecycle: Lifecycle,
    organizations: Organizations,
    access: Access,
    step_up: StepUp,
    limits: Limits,
}

/// An [`AccountChange`] with a hashed password, which can be retried and stored in a record.
struct PreparedChange {
    name: Option<NextName>,
    admin: AdminChange,
    act: AuditContext,
}

/// Organization and admin after the change.
type Changed = (Organization, Admin);

impl Accounts {
    pub(in crate::service) fn new(
        ports: &Ports,
        lifecycle: Lifecycle,
        organizations: Organizations,
        access: Access,
        step_up: StepUp,
        limits: Limits,
    ) -> Self {
        Self { ports: ports.into(), lifecycle, organizations, access, step_up, limits }
    }

    /// Renames the caller's organization, and changes the caller's e-mail address and password: all
    /// of it or nothing. A change of address or password needs a recent login, and ends the other
    /// sessions of the caller. A name with the same slug as the current one changes nothing. The
    /// rename of the returned organization may still be pending; recovery will finish it.
    ///
    /// # Errors
    /// [`Error::NameTaken`], [`Error::EmailTaken`], [`Error::Invalid`] at `/password` when the
    /// password is easy to guess, [`Error::Forbidden`] for viewers, [`Error::LoginTooOld`],
    /// [`Error::TooManyAttempts`], [`Error::DailyLimit`], [`Error::Suspended`],
    /// [`Error::Overloaded`], [`Error::Contended`] and [`Error::Store`].
    pub async fn update(
        &self,
        caller: &AdminContext,
        change: AccountChange,
    ) -> Result<Changed, Error> {
        caller.authorize_write(caller.organization().id())?;
        if change.password.is_some() || caller.has_other_address(change.email.as_ref()) {
            self.step_up.require(caller).await?;
        }
        self.refuse_taken(caller, &change).await?;
        self.count(caller, &change)?;
        let prepared = self.prepare(caller, change).await?;
        for _ in 0..ATTEMPTS {
            if let Some(changed) = self.attempt(caller, &prepared).await? {
                return Ok(changed);
            }
        }
        Err(Error::Contended)
    }

    /// Counts the change, unless [`Organizations::update`] counts it.
    fn count(&self, caller: &AdminContext, change: &AccountChange) -> Result<(), Error> {
        let organization = caller.organization();
        let is_other = |email: &Email| email != caller.admin().email();
        if !change.email.as_ref().is_some_and(is_other) && change.password.is_none() {
            return Ok(());
        }
        self.limits.count_change(organization.id())?;
        if change.name.as_ref().is_some_and(|name| Slug::of(name) != *organization.slug()) {
            self.limits.count_rename(organization.id())?;
        }
        Ok(())
    }

    /// Refuses a taken name or address before a password is hashed. The writes check it again.
    async fn refuse_taken(
        &self,
        caller: &AdminContext,
        change: &AccountChange,
    ) -> Result<(), Error> {
        if let Some(name) = &change.name {
            let holder = self.ports.organizations.find_by_slug(&Slug::of(name)).await?;
            if holder.is_some_and(|holder| holder.id() != caller.organization().id()) {
                return Err(Error::NameTaken);
            }
        }
        if let Some(email) = &change.email {
            let holder = self.ports.admins.find_by_email(&email.key()).await?;
            if holder.is_some_and(|holder| holder.id() != caller.admin().id()) {
                return Err(Error::EmailTaken);
            }
        }
        Ok(())
    }

    /// Hashes the password, unless it can be guessed from the new name and address.
    async fn prepare(
        &self,
        caller: &AdminContext,
        change: AccountChange,
    ) -> Result<PreparedChange, Error> {
        let AccountChange { name, email, password } = change;
        let kept = caller.has_other_address(email.as_ref()).then(|| caller.session().clone());
        let password = match password {
            Some(password) => {
                let address = email.as_ref().unwrap_or(caller.admin().email());
                let organization = name.as_ref().unwrap_or(caller.organization().name());
                password
                    .must_not_be_guessable(address, organization)
                    .map_err(|invalid| Error::Invalid(invalid.at("/password")))?;
                let job = HashJob::change(caller.organization().id());
                let hash = self.ports.hasher.hash(job, password).await?;
                let kept = caller.session().clone();
                Some(NewPassword { hash, kept, event: self.ports.ids.event() })
            }
            None => None,
        };
        Ok(PreparedChange {
            name: name.map(|name| NextName::new(name, self.ports.ids.event())),
            admin: AdminChange { email, kept, password, ..AdminChange::default() },
            act: caller.act(&self.ports.events),
        })
    }

    /// One attempt. Returns `None` after a conflict with a concurrent write.
    async fn attempt(
        &self,
        caller: &AdminContext,
        prepared: &PreparedChange,
    ) -> Result<Option<Changed>, Error> {
        let organization = self.lifecycle.settled(caller.organization().id()).await?;
        // The caller may have been revoked while the password was hashed, or by a concurrent
        // change.
        let authorized = self.access.reauthorize_stored(caller).await?;
        authorized.authorize_write(organization.id())?;
        let (present, now) = (authorized.admin().clone(), self.ports.clock.now());
        let next = present.amended(&prepared.admin, now);
        let name = prepared.name.as_ref().filter(|name| name.slug != *organization.slug());
        match name {
            None if next == present => Ok(Some((organization, present))),
            None => {
                let events = admin_events(&prepared.act, (&present, &next), &prepared.admin);
                match record::write(&*self.ports.admins, &next, present.version(), &events).await {
                    Ok(()) => Ok(Some((organization, next))),
                    Err(WriteError::Stale) => Ok(None),
                    Err(WriteError::Taken) => Err(Error::EmailTaken),
                    Err(WriteError::Store(cause)) => Err(cause.into()),
                }
            }
            Some(name) if next == present => {
                let name = Some(name.to.clone());
                let change = OrganizationChange { name, ..OrganizationChange::default() };
                let (id, any_version) = (organization.id(), Precondition::None);
                let renamed = self.organizations.update(caller, id, &change, &any_version).await?;
                Ok(Some((renamed, present)))
            }
            Some(name) => self.change_both(&organization, name, next, prepared).await,
        }
    }

    /// Writes the pending phase to the organization, which reserves the name, and drives it.
    async fn change_both(
        &self,
        organization: &Organization,
        name: &NextName,
        next: Admin,
        prepared: &PreparedChange,
    ) -> Result<Option<Changed>, Error> {
        let (change, act) = (prepared.admin.clone(), prepared.act.clone());
        let now = self.ports.clock.now();
        let (id, next_name) = (next.id().clone(), name.clone());
        let begun = organization.updating_admin_then_renaming(id, change, next_name, act, now)?;
        match self.lifecycle.write(&begun, organization.version(), &[]).await {
            Ok(()) => self.finish(begun, &name.slug, next).await.map(Some),
            Err(WriteError::Stale) => Ok(None),
            Err(WriteError::Taken) => Err(Error::NameTaken),
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }

    /// Drives `begun`, and reads the admin: it is unchanged if its new address was taken meanwhile.
    async fn finish(
        &self,
        begun: Organization,
        wanted: &Slug,
        next: Admin,
    ) -> Result<Changed, Error> {
        let version = begun.version();
        let organization = match self.drive(begun).await {
            DriveOutcome::Settled(organization) => *organization,
            DriveOutcome::Unfinished { organization, cause } if is_admin_changed(&organization) => {
                report_unfinished(&organization, &cause);
                *organization
            }
            DriveOutcome::Unfinished { cause, .. } | DriveOutcome::Unknown(cause) => {
                return Err(cause.into());
            }
            DriveOutcome::Undone => return Err(Error::NotFound(Resource::Organization)),
        };
        match self.ports.admins.get(next.id()).await {
            Ok(Some(admin)) if admin.has_applied(version) => Ok((organization, admin)),
            Ok(Some(_)) => Err(Error::EmailTaken),
            Ok(None) => {
                require_active(Some(organization))?;
                Err(TokenError::Invalid.into())
            }
            // The admin is changed already: its change precedes the rename.
            Err(_) if organization.reserved_slugs().any(|slug| slug == wanted) => {
                Ok((organization, next))
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Drives `begun`; once more if the admin is not changed yet, as its address may be taken.
    async fn drive(&self, begun: Organization) -> DriveOutcome {
        match self.lifecycle.drive(begun).await {
            DriveOutcome::Unfinished { organization, .. } if !is_admin_changed(&organization) => {
                self.lifecycle.drive(*organization).await
            }
            known => known,
        }
    }
}

/// Whether the change of the admin is finished, and the rename is the pending step.
fn is_admin_changed(organization: &Organization) -> bool {
    organization.is_renaming()
}
