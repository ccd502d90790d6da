//! Changes and removal of an admin. An organization always keeps an owner who may log in.
//!
//! Owners have separate records, and no write spans two of them. Therefore every change that
//! removes an admin or an active owner goes through the record of the organization
//! ([`Phase::UpdatingAdmin`]), one after the other: while the remaining owners are counted, no
//! other change can remove one of them. The same record, which persists, carries the audit event of
//! a removal.
//!
//! [`Phase::UpdatingAdmin`]: crate::model::Phase::UpdatingAdmin

use super::{ATTEMPTS, Admins, record};
use crate::model::{
    Action, Admin, AdminChange, AdminId, AuditContext, Changes, Organization, OrganizationId,
    PageSize, PendingAdminChange, Precondition, Version,
};
use crate::ports::{StoreError, WriteError};
use crate::service::audit_events::{admin_events, organization_event};
use crate::service::organization::organizations::report_unfinished;
use crate::service::{AdminContext, DriveOutcome, Error, Resource};

/// Progress of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The change is applied.
    Applied,
    /// The change is durable, and this or another process will complete it: the store failed
    /// meanwhile.
    Pending,
}

impl Admins {
    /// Changes role, name, address or activation of an admin. A change of the caller's own address
    /// needs a recent login, and ends its other sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] for all except owners, [`Error::LoginTooOld`],
    /// [`Error::TooManyAttempts`], [`Error::EmailTaken`], [`Error::LastOwner`],
    /// [`Error::PreconditionFailed`], [`Error::DailyLimit`], [`Error::Suspended`],
    /// [`Error::Contended`] and [`Error::Store`].
    pub async fn update(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        id: &AdminId,
        change: &AdminChange,
        precondition: &Precondition<Version>,
    ) -> Result<(Admin, Progress), Error> {
        let own = caller.authorize_owner(organization)?.id();
        let change = &self.stepped_up(caller, id, change).await?;
        self.limits.count_change(own)?;
        let act = caller.act(&self.ports.events);
        for _ in 0..ATTEMPTS {
            let home = self.settled_for_owner(caller).await?;
            let present = self.present(own, id, precondition).await?;
            let next = present.amended(change, self.ports.clock.now());
            if next == present {
                return Ok((present, Progress::Applied));
            }
            if present.is_active_owner() && !next.is_active_owner() {
                let pending = PendingAdminChange::Amend(change.clone());
                match self.begin_and_drive(home, &present, pending, act.clone()).await? {
                    AdminChangeOutcome::Superseded => continue,
                    // Without a new address, nothing could have prevented the change.
                    AdminChangeOutcome::Applied(begun) => {
                        match self.outcome(own, id, begun).await {
                            Err(Error::Store(_)) if change.email.is_none() => {
                                return Ok((next, Progress::Applied));
                            }
                            known => return known,
                        }
                    }
                    // It is unknown whether the address will still be free.
                    AdminChangeOutcome::Pending(cause) if change.email.is_some() => {
                        return Err(cause.into());
                    }
                    AdminChangeOutcome::Pending(_) => return Ok((next, Progress::Pending)),
                }
            }
            let events = admin_events(&act, (&present, &next), change);
            match record::write(&*self.ports.admins, &next, present.version(), &events).await {
                Ok(()) => return Ok((next, Progress::Applied)),
                Err(WriteError::Stale) => {}
                Err(WriteError::Taken) => return Err(Error::EmailTaken),
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Removes an admin, ends its sessions and releases its address.
    ///
    /// # Errors
    /// As [`Admins::update`].
    pub async fn remove(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        id: &AdminId,
        precondition: &Precondition<Version>,
    ) -> Result<Progress, Error> {
        let own = caller.authorize_owner(organization)?.id();
        let act = caller.act(&self.ports.events);
        for _ in 0..ATTEMPTS {
            let home = self.settled_for_owner(caller).await?;
            let present = self.present(own, id, precondition).await?;
            match self
                .begin_and_drive(home, &present, PendingAdminChange::Remove, act.clone())
                .await?
            {
                AdminChangeOutcome::Superseded => {}
                AdminChangeOutcome::Applied(_) => return Ok(Progress::Applied),
                AdminChangeOutcome::Pending(_) => return Ok(Progress::Pending),
            }
        }
        Err(Error::Contended)
    }

    /// Returns `change`. If it changes the caller's own address, requires a recent login and ends
    /// the other sessions.
    async fn stepped_up(
        &self,
        caller: &AdminContext,
        id: &AdminId,
        change: &AdminChange,
    ) -> Result<AdminChange, Error> {
        let mut change = change.clone();
        if id == caller.admin().id() && caller.has_other_address(change.email.as_ref()) {
            self.step_up.require(caller).await?;
            change.kept = Some(caller.session().clone());
        }
        Ok(change)
    }

    async fn present(
        &self,
        organization: &OrganizationId,
        id: &AdminId,
        precondition: &Precondition<Version>,
    ) -> Result<Admin, Error> {
        let present = self.stored(organization, id).await?;
        if precondition.holds(&present.version()) {
            Ok(present)
        } else {
            Err(Error::PreconditionFailed)
        }
    }

    /// Applies `pending` to the admin `present` of `home`, if an active owner remains. The first
    /// write records the removal of an admin in the audit trail: from then on the removal is
    /// certain.
    async fn begin_and_drive(
        &self,
        home: Organization,
        present: &Admin,
        pending: PendingAdminChange,
        act: AuditContext,
    ) -> Result<AdminChangeOutcome, Error> {
        if present.is_active_owner() && !self.has_another_owner(home.id(), present.id()).await? {
            return Err(Error::LastOwner);
        }
        let event = (pending == PendingAdminChange::Remove).then(|| {
            let changes = Changes::of_admin(Some(present), None);
            organization_event(&act, home.id(), Action::AdminDeleted, Some(present.id()), changes)
        });
        let begun =
            home.updating_admin(present.id().clone(), pending, act, self.ports.clock.now())?;
        match self.lifecycle.write(&begun, home.version(), event.as_slice()).await {
            Ok(()) => {}
            Err(WriteError::Stale | WriteError::Taken) => {
                return Ok(AdminChangeOutcome::Superseded);
            }
            Err(WriteError::Store(cause)) => return Err(cause.into()),
        }
        let version = begun.version();
        match self.lifecycle.drive(begun).await {
            DriveOutcome::Settled(_) => Ok(AdminChangeOutcome::Applied(version)),
            DriveOutcome::Undone => Err(Error::NotFound(Resource::Organization)),
            DriveOutcome::Unfinished { organization, cause } => {
                report_unfinished(&organization, &cause);
                Ok(AdminChangeOutcome::Pending(cause))
            }
            DriveOutcome::Unknown(cause) => Err(cause.into()),
        }
    }

    async fn has_another_owner(
        &self,
        organization: &OrganizationId,
        but: &AdminId,
    ) -> Result<bool, StoreError> {
        let mut after: Option<AdminId> = None;
        loop {
            let page = self.ports.admins.list(organization, after.as_ref(), PageSize::MAX).await?;
            if page.items.iter().any(|admin| admin.is_active_owner() && admin.id() != but) {
                return Ok(true);
            }
            if !page.more {
                return Ok(false);
            }
            after = page.items.last().map(|admin| admin.id().clone());
        }
    }

    /// Outcome of the change that began at `begun`. It was declined if its address was taken.
    async fn outcome(
        &self,
        organization: &OrganizationId,
        id: &AdminId,
        begun: Version,
    ) -> Result<(Admin, Progress), Error> {
        let admin = self.stored(organization, id).await?;
        if admin.has_applied(begun) {
            Ok((admin, Progress::Applied))
        } else {
            Err(Error::EmailTaken)
        }
    }
}

/// Result of an attempt to remove an admin or an active owner.
enum AdminChangeOutcome {
    /// The organization has changed since it was read.
    Superseded,
    /// The work ended; it began at this version of the organization.
    Applied(Version),
    /// The work has begun, and recovery will finish it.
    Pending(StoreError),
}
