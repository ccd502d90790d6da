//! Changes to an existing organization: amend, suspend, activate, delete.

use super::Organizations;
use crate::model::{
    Action, AuditContext, AuditEvent, Changes, LimitsChange, Organization, OrganizationChange,
    OrganizationId, Phase, Precondition, Refusal, Slug, Version,
};
use crate::ports::{Causes, StoreError, WriteError};
use crate::service::audit_events::{organization_event, provisioning_events};
use crate::service::{
    AdminContext, Caller, DriveOutcome, Error, OperatorContext, RequiredRole, Resource,
};

/// Maximum attempts when other writes change the same record.
const ATTEMPTS: usize = 32;

impl Organizations {
    /// Applies the changes that the caller's kind may make: an admin all except the limits, the
    /// operator only the limits.
    ///
    /// # Errors
    /// As [`Organizations::update`].
    pub async fn amend(
        &self,
        caller: &Caller,
        id: &OrganizationId,
        change: &OrganizationChange,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        match caller {
            Caller::Admin(admin) => self.update(admin, id, change, precondition).await,
            Caller::Operator(operator) => {
                if change.concerns_more_than_limits() || change.limits() == LimitsChange::default()
                {
                    return Err(Error::Forbidden(RequiredRole::Admin));
                }
                self.limit(operator, id, change.limits(), precondition).await
            }
        }
    }

    /// Changes name, description or metadata. The collection follows a new name.
    ///
    /// # Errors
    /// [`Error::NotFound`] for another organization, [`Error::Forbidden`] for viewers and for a
    /// change of the limits, [`Error::NameTaken`], [`Error::Invalid`], [`Error::Suspended`],
    /// [`Error::PreconditionFailed`], [`Error::DailyLimit`], [`Error::Contended`] and
    /// [`Error::Store`].
    pub async fn update(
        &self,
        admin: &AdminContext,
        id: &OrganizationId,
        change: &OrganizationChange,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        admin.authorize_write(id)?;
        if change.limits() != LimitsChange::default() {
            return Err(Error::Forbidden(RequiredRole::Operator));
        }
        let present = self.stored(id).await?;
        self.limits.count_change(id)?;
        if change.name.as_ref().is_some_and(|name| Slug::of(name) != *present.slug()) {
            self.limits.count_rename(id)?;
        }
        let amend =
            |present: &Organization| present.amended(change, self.naming, self.ports.clock.now());
        let audited = (Action::OrganizationUpdated, admin.act(&self.ports.events));
        self.change(present, precondition, audited, amend).await
    }

    /// Sets rate limit and storage quota of an organization.
    ///
    /// # Errors
    /// As [`Organizations::update`].
    pub async fn limit(
        &self,
        operator: &OperatorContext,
        id: &OrganizationId,
        change: LimitsChange,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        let limit = |present: &Organization| present.limited(change, self.ports.clock.now());
        let audited = (Action::OrganizationUpdated, operator.act(&self.ports.events));
        self.change(self.stored(id).await?, precondition, audited, limit).await
    }

    /// Suspends an organization; nothing is lost. A rename or a provisioning that can't be finished
    /// does not prevent it and continues.
    ///
    /// # Errors
    /// As [`Organizations::update`].
    pub async fn suspend(
        &self,
        operator: &OperatorContext,
        id: &OrganizationId,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        let act = operator.act(&self.ports.events);
        let suspend = |present: &Organization| present.suspending(&act, self.ports.clock.now());
        let audited = (Action::OrganizationSuspended, act.clone());
        self.change(self.stored(id).await?, precondition, audited, suspend).await
    }

    /// Activates a suspended organization.
    ///
    /// # Errors
    /// As [`Organizations::update`].
    pub async fn activate(
        &self,
        operator: &OperatorContext,
        id: &OrganizationId,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        let activate = |present: &Organization| present.activated(self.ports.clock.now());
        let audited = (Action::OrganizationActivated, operator.act(&self.ports.events));
        self.change(self.stored(id).await?, precondition, audited, activate).await
    }

    /// Deletes an organization with its documents and admins; its record stays. A rename or a
    /// provisioning that can't be finished is superseded.
    ///
    /// # Errors
    /// As [`Organizations::update`]; [`Error::Forbidden`] for all except owners and operators.
    pub async fn delete(
        &self,
        caller: &Caller,
        id: &OrganizationId,
        precondition: &Precondition<Version>,
    ) -> Result<Organization, Error> {
        if let Caller::Admin(admin) = caller {
            admin.authorize_owner(id)?;
        }
        let present = self.stored(id).await?;
        let delete = |present: &Organization| match (caller, present.phase()) {
            // Suspended since the caller was authorized.
            (Caller::Admin(_), Phase::Suspended | Phase::Suspending { .. }) => {
                Err(Refusal::Suspended)
            }
            _ => present.deleting(caller.actor(), self.ports.clock.now()),
        };
        let audited = (Action::OrganizationDeleted, caller.act(&self.ports.events));
        self.change(present, precondition, audited, delete).await
    }

    /// Applies `transition` to the organization, beginning with `present` and again after each
    /// concurrent write, records its event, and drives the work that it began. Pending work is
    /// finished first; when that fails, the transition has to supersede it.
    async fn change(
        &self,
        mut present: Organization,
        precondition: &Precondition<Version>,
        (action, act): (Action, AuditContext),
        transition: impl Fn(&Organization) -> Result<Organization, Refusal> + Send + Sync,
    ) -> Result<Organization, Error> {
        for _ in 0..ATTEMPTS {
            let id = present.id().clone();
            let unfinished = match self.lifecycle.finish_pending(present).await {
                Ok(settled) => {
                    present = settled;
                    None
                }
                Err(Error::Store(cause)) => {
                    present = self.stored(&id).await?;
                    Some(cause)
                }
                Err(error) => return Err(error),
            };
            if !precondition.holds(&present.version()) {
                return Err(Error::PreconditionFailed);
            }
            let next = match (transition(&present), unfinished) {
                (Err(Refusal::Pending(_) | Refusal::Deleted), Some(cause))
                    if present.is_pending() =>
                {
                    return Err(cause.into());
                }
                (next, _) => next?,
            };
            if next == present {
                return Ok(present);
            }
            let events = events((&present, &next), action, &act);
            match self.lifecycle.write(&next, present.version(), &events).await {
                Ok(()) => return self.finish(next).await,
                Err(WriteError::Stale) => present = self.stored(&id).await?,
                Err(WriteError::Taken) => return Err(Error::NameTaken),
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        Err(Error::Contended)
    }

    async fn finish(&self, begun: Organization) -> Result<Organization, Error> {
        match self.lifecycle.drive(begun).await {
            DriveOutcome::Settled(organization) => Ok(*organization),
            DriveOutcome::Undone => Err(Error::NotFound(Resource::Organization)),
            DriveOutcome::Unfinished { organization, cause } => {
                report_unfinished(&organization, &cause);
                Ok(*organization)
            }
            DriveOutcome::Unknown(cause) => Err(cause.into()),
        }
    }
}

/// The events of the transition from `present` to `next`. The trail begins with the creation, so
/// the first event of an organization that is not provisioned yet is its creation.
fn events(
    (present, next): (&Organization, &Organization),
    action: Action,
    act: &AuditContext,
) -> Vec<AuditEvent> {
    if matches!(next.phase(), Phase::Provisioning { .. }) {
        return Vec::new();
    }
    let changes = Changes::of_organization(present, next);
    let mut events = provisioning_events(present);
    events.push(organization_event(act, present.id(), action, None, changes));
    events
}

/// The client learns that the work continues; the reason of the delay is for the log.
pub(in crate::service) fn report_unfinished(organization: &Organization, cause: &StoreError) {
    let status = organization.status().as_str();
    let (organization, error) = (organization.id(), Causes(cause));
    tracing::warn!(%organization, status, %error, "operation incomplete; background recovery will finish it");
}
