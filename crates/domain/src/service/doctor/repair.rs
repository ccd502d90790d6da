//! Repairs. Each checks its finding again before it changes anything, and can be repeated.

use thiserror::Error;

use crate::model::{
    Action, AuditActor, AuditEvent, Changes, Organization, OrganizationId, Placement, Tenant,
};
use crate::ports::{StoreError, WriteError};
use crate::service::DriveOutcome;
use crate::service::audit_events::{act, organization_event};

use super::inspect::Contents;
use super::{Doctor, Finding, Gone};

/// Reasons for which a finding was not repaired.
#[derive(Debug, Error)]
pub enum RepairSkipped {
    /// The owner of the collection is unknown.
    #[error("nothing tells whose it is")]
    Unclaimed,
    /// The collection has documents, and their owner has no record.
    #[error("it has documents, and a deletion of their organization is not on record")]
    NoRecord,
    /// The destination contains documents with the same ids.
    #[error("other documents of the same id are where the rest of these should go")]
    SameId,
    /// Documents would have to move into the shared collection, or out of it.
    #[error("documents are not moved into the shared collection, or out of it")]
    OtherKind,
    /// The organization changed during the repair.
    #[error("the organization was modified concurrently")]
    Changed,
    /// The correct content of a record is unknown.
    #[error("it has to be mended by hand")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Doctor {
    /// Moves what `organization` left at `at` into place, or removes it.
    pub(super) async fn clean_up(
        &self,
        organization: &OrganizationId,
        at: &Placement,
    ) -> Result<(), RepairSkipped> {
        let stray = Tenant::left_at(organization, at);
        match self.inspect_place(organization, at).await? {
            Some(Finding::Orphaned { gone: Gone::Deleted, .. }) => {
                Ok(self.ports.tenants.remove(&stray).await?)
            }
            // The record of an organization is only ever removed before it has documents.
            Some(Finding::Orphaned { gone: Gone::Missing, .. }) => {
                self.remove_if_empty(&stray, RepairSkipped::NoRecord).await
            }
            Some(Finding::Misplaced { present, .. }) => {
                match (at.own_collection(), present.own_collection()) {
                    (Some(_), Some(_)) => self.move_documents(&stray, &present).await,
                    _ => self.remove_if_empty(&stray, RepairSkipped::OtherKind).await,
                }
            }
            _ => Ok(()),
        }
    }

    /// Points an organization to the collection of its name; creates the collection if it is
    /// missing.
    pub(super) async fn create_missing(&self, id: &OrganizationId) -> Result<(), RepairSkipped> {
        let Some(organization) = self.ports.organizations.get(id).await? else { return Ok(()) };
        if !matches!(
            self.inspect_organization(&organization).await?,
            Some(Finding::MissingCollection { .. })
        ) {
            return Ok(());
        }
        let repaired = self.place(&organization).await?;
        match self.inspect_organization(&repaired).await? {
            None => Ok(()),
            Some(_) => Err(RepairSkipped::Changed),
        }
    }

    /// Finishes work that has been pending for too long.
    pub(super) async fn finish_stuck(&self, id: &OrganizationId) -> Result<(), RepairSkipped> {
        let stored = self.ports.organizations.get(id).await?;
        let Some(stuck) = stored.filter(|it| self.is_stuck(it)) else { return Ok(()) };
        let renaming = stuck.is_renaming();
        match self.drive(stuck.clone()).await {
            // The collection to be renamed is missing, or is another one.
            Err(RepairSkipped::Store(StoreError::Corrupt { .. })) if renaming => {
                self.drive(self.place(&stuck).await?).await
            }
            result => result,
        }
    }

    /// Removes the admins of an organization that no longer exists.
    pub(super) async fn remove_orphaned_admins(
        &self,
        organization: &OrganizationId,
    ) -> Result<(), RepairSkipped> {
        if self.inspect_admins(organization).await?.is_some() {
            self.ports.admins.remove_all(organization).await?;
            let event = self.repaired(organization, Changes::noted("admins_removed", true));
            self.ports.audit.append(&[event]).await?;
        }
        Ok(())
    }

    async fn move_documents(
        &self,
        stray: &Tenant,
        present: &Placement,
    ) -> Result<(), RepairSkipped> {
        self.lifecycle.move_documents(stray, present).await?;
        match self.contents(stray).await? {
            Contents::Nothing => Ok(()),
            Contents::EmptyCollection | Contents::Documents => Err(RepairSkipped::SameId),
        }
    }

    async fn remove_if_empty(
        &self,
        stray: &Tenant,
        otherwise: RepairSkipped,
    ) -> Result<(), RepairSkipped> {
        match self.contents(stray).await? {
            Contents::Documents => Err(otherwise),
            Contents::Nothing | Contents::EmptyCollection => {
                Ok(self.ports.tenants.remove(stray).await?)
            }
        }
    }

    /// Records the existing collection with the name of the one that `organization` lost.
    async fn place(&self, organization: &Organization) -> Result<Organization, RepairSkipped> {
        let placement = organization.placement();
        let Some(name) = placement.and_then(Placement::own_collection) else {
            return Ok(organization.clone());
        };
        let wanted = Placement::Collection { name: name.clone(), uuid: None };
        let found = self.ports.tenants.create(&organization.tenant_at(wanted)).await?;
        if placement == Some(&found) {
            return Ok(organization.clone());
        }
        let next = organization.placed(found);
        let changes = Changes::noted("collection_name", name.as_str());
        let event = self.repaired(organization.id(), changes);
        match self.lifecycle.write(&next, organization.version(), &[event]).await {
            Ok(()) => Ok(next),
            Err(WriteError::Stale | WriteError::Taken) => Err(RepairSkipped::Changed),
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }

    fn repaired(&self, organization: &OrganizationId, changes: Changes) -> AuditEvent {
        let act = act(&self.ports.events, AuditActor::operator(), None);
        organization_event(&act, organization, Action::OrganizationRepaired, None, changes)
    }

    async fn drive(&self, organization: Organization) -> Result<(), RepairSkipped> {
        match self.lifecycle.drive(organization).await {
            DriveOutcome::Settled(_) | DriveOutcome::Undone => Ok(()),
            DriveOutcome::Unfinished { cause, .. } | DriveOutcome::Unknown(cause) => {
                Err(cause.into())
            }
        }
    }
}
