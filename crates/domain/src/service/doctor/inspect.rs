//! Checks of a single organization or collection. A check reads the record first and the documents
//! after it: documents that are in the wrong place after the record was read are misplaced for
//! good, because no name is used twice.

use std::time::Duration;

use crate::model::{
    AdminId, CollectionName, DocumentQuery, Organization, OrganizationId, PageSize, Phase,
    Placement, Tenant,
};
use crate::ports::{StoreError, TenantError};

use super::{Doctor, Finding, Gone};

/// Maximum time that a request may still use a collection after its organization was renamed or
/// deleted.
const GRACE: Duration = Duration::from_secs(30);
/// Maximum time for a create, rename or delete, recoveries included.
const STUCK_AFTER: Duration = Duration::from_secs(10 * 60);

/// Content of a placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contents {
    Nothing,
    EmptyCollection,
    Documents,
}

impl Doctor {
    pub(super) async fn inspect_collection(
        &self,
        name: &CollectionName,
    ) -> Result<Option<Finding>, StoreError> {
        match self.ports.namespaces.owner(name).await? {
            Some(owner) => {
                let at = Placement::Collection { name: name.clone(), uuid: None };
                self.inspect_place(&owner, &at).await
            }
            None => Ok(Some(Finding::Unclaimed { collection: name.clone() })),
        }
    }

    pub(super) async fn inspect_shared_documents(
        &self,
        organization: &OrganizationId,
    ) -> Result<Option<Finding>, StoreError> {
        self.inspect_place(organization, &Placement::Shared).await
    }

    /// Whether `organization` has left documents or a collection at `at`.
    pub(super) async fn inspect_place(
        &self,
        organization: &OrganizationId,
        at: &Placement,
    ) -> Result<Option<Finding>, StoreError> {
        let stored = self.ports.organizations.get(organization).await?;
        let finding = match &stored {
            None => orphaned(organization, Gone::Missing, at),
            Some(it) if self.was_just_changed(it) || it.is_pending() => return Ok(None),
            Some(it) => match (it.phase(), it.placement()) {
                (Phase::Deleted, _) => orphaned(organization, Gone::Deleted, at),
                (_, Some(present)) if present.collection_name() != at.collection_name() => {
                    let (organization, at) = (organization.clone(), at.clone());
                    Finding::Misplaced { organization, at, present: present.clone() }
                }
                _ => return Ok(None),
            },
        };
        let contents = self.contents(&Tenant::left_at(organization, at)).await?;
        Ok((contents != Contents::Nothing).then_some(finding))
    }

    pub(super) async fn inspect_organization(
        &self,
        organization: &Organization,
    ) -> Result<Option<Finding>, StoreError> {
        if self.is_stuck(organization) {
            return self.inspect_pending(organization.id()).await;
        }
        if organization.is_pending() {
            return Ok(None);
        }
        let Some(tenant) = organization.tenant() else { return Ok(None) };
        let placement = tenant.placement();
        if placement.own_collection().is_none()
            || self.contents(&tenant).await? != Contents::Nothing
        {
            return Ok(None);
        }
        let stored = self.ports.organizations.get(organization.id()).await?;
        let unchanged = stored.is_some_and(|stored| stored.version() == organization.version());
        Ok(unchanged.then(|| Finding::MissingCollection {
            organization: organization.id().clone(),
            placement: placement.clone(),
        }))
    }

    pub(super) async fn inspect_admins(
        &self,
        organization: &OrganizationId,
    ) -> Result<Option<Finding>, StoreError> {
        let gone = match self.ports.organizations.get(organization).await? {
            None => Gone::Missing,
            Some(stored) if *stored.phase() == Phase::Deleted => Gone::Deleted,
            Some(_) => return Ok(None),
        };
        let admins = self.ports.admins.list(organization, None, PageSize::MAX).await?.items;
        let admins: Vec<AdminId> = admins.iter().map(|admin| admin.id().clone()).collect();
        let organization = organization.clone();
        Ok((!admins.is_empty()).then_some(Finding::OrphanedAdmins { organization, gone, admins }))
    }

    /// The content of the placement of `tenant`.
    pub(super) async fn contents(&self, tenant: &Tenant) -> Result<Contents, StoreError> {
        let collection = match tenant.placement() {
            Placement::Collection { .. } => Contents::EmptyCollection,
            Placement::Shared => Contents::Nothing,
        };
        match self.ports.tenants.list(tenant, &DocumentQuery::default(), PageSize::ONE).await {
            Ok(page) if page.items.is_empty() => Ok(collection),
            // Unreadable documents count as content.
            Ok(_)
            | Err(
                TenantError::Exists
                | TenantError::Full(_)
                | TenantError::PositionTooLarge(_)
                | TenantError::Store(StoreError::Corrupt { .. }),
            ) => Ok(Contents::Documents),
            Err(TenantError::Moved) => Ok(Contents::Nothing),
            Err(TenantError::Store(cause)) => Err(cause),
        }
    }

    async fn inspect_pending(
        &self,
        organization: &OrganizationId,
    ) -> Result<Option<Finding>, StoreError> {
        let stored = self.ports.organizations.get(organization).await?;
        Ok(stored.filter(|it| self.is_stuck(it)).map(|it| Finding::Stuck {
            organization: it.id().clone(),
            status: it.status(),
            since: it.updated_at(),
        }))
    }

    /// Whether its work has been pending for too long. Repeated attempts renew the lease, so the
    /// time at which the work began decides.
    pub(super) fn is_stuck(&self, organization: &Organization) -> bool {
        organization.is_pending()
            && organization.updated_at() + STUCK_AFTER < self.ports.clock.now()
    }

    fn was_just_changed(&self, organization: &Organization) -> bool {
        organization.updated_at() + GRACE > self.ports.clock.now()
    }
}

fn orphaned(organization: &OrganizationId, gone: Gone, at: &Placement) -> Finding {
    Finding::Orphaned { organization: organization.clone(), gone, at: at.clone() }
}
