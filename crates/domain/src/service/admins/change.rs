//! Changes to an admin, and its end. An organization always keeps an owner who may log in.
//!
//! Owners are records of their own, and no write spans two of them. So whatever takes an active owner goes
//! through the record of the organization ([`Phase::Relieving`]), one after the other: who counts the owners
//! that remain knows that nobody takes one of them at the same time.
//!
//! [`Phase::Relieving`]: crate::model::Phase::Relieving

use super::{Admins, record};
use crate::model::{
    Admin, AdminChange, AdminId, Organization, OrganizationId, PageSize, Precondition, Relief,
    Version,
};
use crate::ports::{StoreError, WriteError};
use crate::service::access::usable;
use crate::service::{AdminContext, Driven, Error, Resource};

/// How often a change is tried while others change the same records.
const ATTEMPTS: usize = 32;

impl Admins {
    /// Changes role, name, address or whether it may log in.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] for all but owners, [`Error::EmailTaken`],
    /// [`Error::LastOwner`], [`Error::PreconditionFailed`], [`Error::Suspended`], [`Error::Contended`] and
    /// [`Error::Store`].
    pub async fn update(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        id: &AdminId,
        change: &AdminChange,
        precondition: &Precondition<Version>,
    ) -> Result<Admin, Error> {
        let own = caller.own_as_owner(organization)?.id();
        for _ in 0..ATTEMPTS {
            let home = self.settled(own).await?;
            let present = self.present(own, id, precondition).await?;
            let next = present.amended(change, self.ports.clock.now());
            if next == present {
                return Ok(present);
            }
            if present.is_active_owner() && !next.is_active_owner() {
                let relief = Relief::Amend(change.clone());
                let Some(begun) = self.relieve(home, &present, relief).await? else { continue };
                return self.outcome(own, id, begun).await;
            }
            match record::write(&self.ports, &next, present.version()).await {
                Ok(()) => return Ok(next),
                Err(WriteError::Stale) => {}
                Err(WriteError::Taken) => return Err(Error::EmailTaken),
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        Err(Error::Contended)
    }

    /// Removes an admin and ends its sessions; its address is free again.
    ///
    /// # Errors
    /// As [`Admins::update`].
    pub async fn remove(
        &self,
        caller: &AdminContext,
        organization: &OrganizationId,
        id: &AdminId,
        precondition: &Precondition<Version>,
    ) -> Result<(), Error> {
        let own = caller.own_as_owner(organization)?.id();
        for _ in 0..ATTEMPTS {
            let home = self.settled(own).await?;
            let present = self.present(own, id, precondition).await?;
            if present.is_active_owner() {
                if self.relieve(home, &present, Relief::Remove).await?.is_some() {
                    return Ok(());
                }
                continue;
            }
            match record::remove(&self.ports, id, present.version()).await {
                Ok(()) => return Ok(()),
                Err(WriteError::Stale | WriteError::Taken) => {}
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        Err(Error::Contended)
    }

    /// The organization with nothing pending: what was begun earlier comes first.
    async fn settled(&self, id: &OrganizationId) -> Result<Organization, Error> {
        let stored = usable(self.ports.organizations.get(id).await?)?;
        match self.lifecycle.drive(stored).await {
            Driven::Settled(organization) => usable(Some(*organization)),
            Driven::Undone => Err(Error::NotFound(Resource::Organization)),
            Driven::Unfinished { cause, .. } | Driven::Unknown(cause) => Err(cause.into()),
        }
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

    /// Takes the owner `present` from `home`, when another remains, and tells at which version that began;
    /// none when `home` has changed since it was read.
    async fn relieve(
        &self,
        home: Organization,
        present: &Admin,
        relief: Relief,
    ) -> Result<Option<Version>, Error> {
        if !self.has_another_owner(home.id(), present.id()).await? {
            return Err(Error::LastOwner);
        }
        let begun = home.relieving(present.id().clone(), relief, self.ports.clock.now())?;
        match self.lifecycle.write(&begun, home.version()).await {
            Ok(()) => {}
            Err(WriteError::Stale | WriteError::Taken) => return Ok(None),
            Err(WriteError::Store(cause)) => return Err(cause.into()),
        }
        let version = begun.version();
        match self.lifecycle.drive(begun).await {
            Driven::Settled(_) => Ok(Some(version)),
            Driven::Undone => Err(Error::NotFound(Resource::Organization)),
            Driven::Unfinished { cause, .. } | Driven::Unknown(cause) => Err(cause.into()),
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

    /// What came of the change that began at `begun`. It can't be made when its address was taken.
    async fn outcome(
        &self,
        organization: &OrganizationId,
        id: &AdminId,
        begun: Version,
    ) -> Result<Admin, Error> {
        let admin = self.stored(organization, id).await?;
        if admin.is_relieved(begun) { Ok(admin) } else { Err(Error::EmailTaken) }
    }
}
