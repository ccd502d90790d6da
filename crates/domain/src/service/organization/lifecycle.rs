//! Driver of multi-step work. The organization's record says what is pending; the request that
//! began it and the recovery after a crash finish it in the same way.

mod admins;
mod finish_pending;

use crate::model::{
    Admin, AuditEvent, CollectionName, Naming, Organization, OrganizationId, PageSize, Phase,
    Placement, PlacementKind, Slug, Tenant, Timestamp, Version,
};
use crate::ports::{Causes, Ports, StoreError, TenantError, WriteError};
use crate::service::audit_events::provisioning_events;
use crate::service::port_set::port_set;

/// Outcome of driving an organization.
#[derive(Debug)]
pub enum DriveOutcome {
    /// No work is left.
    Settled(Box<Organization>),
    /// The organization was provisioning for an admin whose e-mail address is taken, and was
    /// removed.
    Undone,
    /// A step failed. The intent is durable, and recovery will finish the work.
    Unfinished {
        /// The organization in its pending phase.
        organization: Box<Organization>,
        /// Failure of the step.
        cause: StoreError,
    },
    /// The removal may be incomplete; recovery will finish it.
    Unknown(StoreError),
}

/// Scope of a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Organizations whose lease has expired.
    Abandoned,
    /// All: no other process uses this store.
    All,
}

/// Result of a recovery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Number of organizations that were finished or removed.
    pub finished: usize,
    /// Number of organizations that are still pending.
    pub unfinished: usize,
}

port_set! { LifecyclePorts { admins: AdminRepo, clock: Clock, namespaces: NamespaceLedger, organizations: OrganizationRepo, tenants: TenantStore } }

/// Drives pending organizations to the end of their work.
#[derive(Clone)]
pub struct Lifecycle {
    ports: LifecyclePorts,
    naming: Naming,
}

/// Result of one pass over the steps of a phase.
enum Step {
    /// The closing write stores this record, with these events.
    Close(Box<Organization>, Vec<AuditEvent>),
    /// The record must be removed.
    Undo,
    /// The phase ended meanwhile, or its collection is missing.
    Moved,
}

impl Step {
    fn close(next: Organization) -> Self {
        Self::with_events(next, None)
    }

    fn with_events(next: Organization, events: impl IntoIterator<Item = AuditEvent>) -> Self {
        Self::Close(Box::new(next), events.into_iter().collect())
    }
}

impl Lifecycle {
    pub(in crate::service) fn new(ports: &Ports, naming: Naming) -> Self {
        Self { ports: ports.into(), naming }
    }

    /// Finishes the pending work of `organization`. Every step can be repeated, so any number of
    /// callers may drive the same organization concurrently, and from its start after any failure.
    pub async fn drive(&self, organization: Organization) -> DriveOutcome {
        let mut present = organization;
        while present.is_pending() {
            let step = self.step(&present).await;
            let undo = matches!(step, Ok(Step::Undo));
            let closed = match step {
                Ok(step) => self.close(&present, step).await,
                Err(cause) => self.failed(&present, cause).await,
            };
            match closed {
                Ok(Some(next)) => present = next,
                Ok(None) => return DriveOutcome::Undone,
                Err(cause) if undo => return DriveOutcome::Unknown(cause),
                Err(cause) => {
                    return DriveOutcome::Unfinished { organization: Box::new(present), cause };
                }
            }
        }
        DriveOutcome::Settled(Box::new(present))
    }

    /// Claims and drives the pending organizations of `scope`.
    ///
    /// # Errors
    /// When they can't be listed. An organization that can't be finished is counted, not an error.
    pub async fn recover(&self, scope: Scope) -> Result<Recovered, StoreError> {
        let mut recovered = Recovered::default();
        let mut after: Option<OrganizationId> = None;
        loop {
            let now = self.ports.clock.now();
            let deadline = (scope == Scope::Abandoned).then_some(now);
            let repo = &self.ports.organizations;
            let page = repo.pending(deadline, after.as_ref(), PageSize::MAX).await?;
            after = page.items.last().cloned();
            for id in page.items {
                match self.claim_and_finish(&id, deadline).await {
                    Ok(finished) => recovered.finished += usize::from(finished),
                    Err(cause) => {
                        recovered.unfinished += 1;
                        tracing::warn!(organization = %id, error = %Causes(&cause), "recovery failed, will retry");
                    }
                }
            }
            if !page.more {
                return Ok(recovered);
            }
        }
    }

    /// Writes `next` over the version `expected`, and appends `events` in the same write. After a
    /// failure that may hide a success, reads the stored record to decide.
    pub(in crate::service) async fn write(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let result = self.ports.organizations.replace(next, expected, events).await;
        match result {
            Err(WriteError::Stale | WriteError::Store(_)) => {
                match self.ports.organizations.get(next.id()).await {
                    Ok(Some(stored)) if stored == *next => Ok(()),
                    _ => result,
                }
            }
            known => known,
        }
    }

    /// Finishes one organization, unless its work ended meanwhile or another driver holds the
    /// lease.
    async fn claim_and_finish(
        &self,
        id: &OrganizationId,
        deadline: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let stored = self.ports.organizations.get(id).await?;
        let due = |it: &Organization| deadline.is_none_or(|end| it.lease_until() < Some(end));
        let left = stored.filter(|it| it.is_pending() && due(it));
        let Some(organization) = left else { return Ok(false) };
        let claimed = organization.claimed(self.ports.clock.now());
        match self.write(&claimed, organization.version(), &[]).await {
            Ok(()) => {}
            Err(WriteError::Stale | WriteError::Taken) => return Ok(false),
            Err(WriteError::Store(cause)) => return Err(cause),
        }
        match self.drive(claimed).await {
            DriveOutcome::Settled(_) | DriveOutcome::Undone => Ok(true),
            DriveOutcome::Unfinished { cause, .. } | DriveOutcome::Unknown(cause) => Err(cause),
        }
    }

    async fn step(&self, organization: &Organization) -> Result<Step, StoreError> {
        match organization.phase() {
            Phase::Provisioning { admin, placement, .. } => {
                self.provision(organization, admin, *placement).await
            }
            Phase::Renaming { slug, .. } | Phase::Suspending { slug, .. } => {
                self.rename(organization, slug).await
            }
            Phase::AddingAdmin { admin, act } => self.add_admin(organization, admin, act).await,
            Phase::UpdatingAdmin { admin, change, begun, act, name } => {
                let made = self.update_admin(admin, change, *begun, act.as_deref()).await?;
                let name = name.as_deref().filter(|_| made);
                Ok(self.close_admin_change(organization, name, act.as_deref()))
            }
            Phase::Deleting { .. } => {
                self.remove_data(organization).await?;
                Ok(Step::close(organization.deleted(self.ports.clock.now())))
            }
            Phase::Active | Phase::Suspended | Phase::Deleted => Ok(Step::Moved),
        }
    }

    async fn provision(
        &self,
        organization: &Organization,
        admin: &Admin,
        kind: PlacementKind,
    ) -> Result<Step, StoreError> {
        match self.ports.admins.insert(admin).await {
            Ok(()) => {}
            Err(WriteError::Taken | WriteError::Stale) => return Ok(Step::Undo),
            Err(WriteError::Store(cause)) => return Err(cause),
        }
        let wanted = self.place(organization, kind).await?;
        let placement = self.ports.tenants.create(&organization.tenant_at(wanted)).await?;
        let events = provisioning_events(organization);
        Ok(Step::with_events(organization.provisioned(placement), events))
    }

    async fn rename(&self, organization: &Organization, slug: &Slug) -> Result<Step, StoreError> {
        let Some(tenant) = organization.tenant() else { return Ok(Step::Moved) };
        let wanted = CollectionName::for_slug(slug);
        let collection = self.ports.namespaces.claim(&wanted, &organization.claim()).await?;
        match self.ports.tenants.rename(&tenant, &collection).await {
            Ok(placement) => Ok(Step::close(organization.renamed(placement))),
            Err(TenantError::Store(cause)) => Err(cause),
            Err(_) => Ok(Step::Moved),
        }
    }

    /// Removes documents and admins.
    async fn remove_data(&self, organization: &Organization) -> Result<(), StoreError> {
        if let Some(tenant) = organization.tenant() {
            self.ports.tenants.remove(&tenant).await?;
        }
        if organization.supersedes() {
            // Looked up after the removal: nothing is left to rename, so a collection of the claim
            // exists by now.
            self.remove_claimed_collection(organization).await?;
        }
        self.ports.admins.remove_all(organization.id()).await
    }

    /// The placement of an organization that is provisioning, with the name of the collection
    /// before it is created.
    async fn place(
        &self,
        organization: &Organization,
        kind: PlacementKind,
    ) -> Result<Placement, StoreError> {
        let wanted = match (kind, self.naming) {
            (PlacementKind::Shared, _) => return Ok(Placement::Shared),
            (PlacementKind::Collection, Naming::Slug) => {
                CollectionName::for_slug(organization.slug())
            }
            (PlacementKind::Collection, Naming::Id) => CollectionName::for_id(organization.id()),
        };
        let name = self.ports.namespaces.claim(&wanted, &organization.claim()).await?;
        Ok(Placement::Collection { name, uuid: None })
    }

    /// Makes the write that ends a pass, and returns the stored record; none when it is gone.
    async fn close(
        &self,
        present: &Organization,
        step: Step,
    ) -> Result<Option<Organization>, StoreError> {
        match step {
            Step::Close(next, events) => {
                match self.write(&next, present.version(), &events).await {
                    Ok(()) => Ok(Some(*next)),
                    Err(WriteError::Store(cause)) => Err(cause),
                    Err(WriteError::Stale | WriteError::Taken) => self.superseded(present).await,
                }
            }
            Step::Undo => self.undo(present).await,
            Step::Moved => self.superseded(present).await,
        }
    }

    /// Removes a record that never became an organization.
    async fn undo(&self, present: &Organization) -> Result<Option<Organization>, StoreError> {
        let repo = &self.ports.organizations;
        match repo.remove(present.id(), present.version()).await {
            Ok(()) => Ok(None),
            Err(WriteError::Stale | WriteError::Taken) => repo.get(present.id()).await,
            Err(WriteError::Store(cause)) => match repo.get(present.id()).await? {
                Some(stored) if stored.version() == present.version() => Err(cause),
                other => Ok(other),
            },
        }
    }

    /// Handles a failed step. If another driver has finished or superseded the work meanwhile, the
    /// late effects of this one are undone.
    async fn failed(
        &self,
        present: &Organization,
        cause: StoreError,
    ) -> Result<Option<Organization>, StoreError> {
        match self.ports.organizations.get(present.id()).await {
            Ok(Some(stored)) if stored.version() == present.version() => Err(cause),
            Ok(stored) => self.undo_late_effects(present, stored).await,
            Err(_) => Err(cause),
        }
    }

    /// Handles a closing write that was refused: another driver finished or superseded the work of
    /// `present`.
    async fn superseded(&self, present: &Organization) -> Result<Option<Organization>, StoreError> {
        let stored = self.ports.organizations.get(present.id()).await?;
        if stored.as_ref().is_some_and(|stored| stored.version() == present.version()) {
            return Err(StoreError::Corrupt {
                collection: "organizations",
                id: present.id().to_string(),
                field: "placement: the collection is missing".into(),
            });
        }
        self.undo_late_effects(present, stored).await
    }

    /// Undoes the late effects of a superseded driver, so that no collection or admin is left
    /// without an owner.
    async fn undo_late_effects(
        &self,
        present: &Organization,
        stored: Option<Organization>,
    ) -> Result<Option<Organization>, StoreError> {
        match stored.as_ref().filter(|stored| *stored.phase() != Phase::Deleted) {
            Some(living) => self.move_late_collection(present, living).await?,
            None => self.remove_late_data(present).await?,
        }
        Ok(stored)
    }

    /// Moves a collection that was created too late to the current collection, on stores that can't
    /// detect the late creation. It is not removed: a client with the old placement may have
    /// written a document into it.
    async fn move_late_collection(
        &self,
        late: &Organization,
        living: &Organization,
    ) -> Result<(), StoreError> {
        // Another driver that is not done yet has no placement, and may need the collection.
        let (Phase::Provisioning { .. }, Some(present)) = (late.phase(), living.placement()) else {
            return Ok(());
        };
        match self.claimed(late).await? {
            Some(stray) => self.move_documents(&stray, present).await,
            None => Ok(()),
        }
    }

    /// Moves the documents at the placement of `stray` to `present`, the placement of its
    /// organization.
    pub(in crate::service) async fn move_documents(
        &self,
        stray: &Tenant,
        present: &Placement,
    ) -> Result<(), StoreError> {
        match (stray.placement().own_collection(), present.own_collection()) {
            (Some(old), Some(new)) if old != new => {
                match self.ports.tenants.rename(stray, new).await {
                    Err(TenantError::Store(cause)) => Err(cause),
                    Ok(_) | Err(_) => Ok(()),
                }
            }
            // A tenant that is shared from the start never had a handle to the collection.
            (Some(_), None) => self.ports.tenants.remove(stray).await,
            _ => Ok(()),
        }
    }

    async fn remove_late_data(&self, late: &Organization) -> Result<(), StoreError> {
        if let Phase::Provisioning { .. } = late.phase() {
            self.remove_claimed_collection(late).await?;
        }
        self.remove_data(late).await
    }

    async fn remove_claimed_collection(
        &self,
        organization: &Organization,
    ) -> Result<(), StoreError> {
        match self.claimed(organization).await? {
            Some(made) => self.ports.tenants.remove(&made).await,
            None => Ok(()),
        }
    }

    /// The collection of the current claim; if no name was assigned, none can have been created.
    async fn claimed(&self, organization: &Organization) -> Result<Option<Tenant>, StoreError> {
        let given = self.ports.namespaces.assigned_name(&organization.claim()).await?;
        let at = |name| organization.tenant_at(Placement::Collection { name, uuid: None });
        Ok(given.map(at))
    }
}
