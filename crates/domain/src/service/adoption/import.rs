//! Import of organizations. The steps of each can be repeated from the first; the record is written
//! last.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Action, AuditActor, AuditContext, AuditTarget, Batch, Changes, Claim, CollectionName, Document,
    ImportMode, LegacyCollection, Organization, Placement, Slug, Trail, Version,
};
use crate::ports::{StoreError, TenantError, TransferMode, WriteError};

use super::{Adoption, AdoptionError, AdoptionProgress, MigratedOrganization, Plan};

impl Adoption {
    /// Executes the plan, after conflicting collections are set aside
    /// ([`LegacyDatabase::set_aside`]).
    ///
    /// [`LegacyDatabase::set_aside`]: crate::ports::LegacyDatabase::set_aside
    ///
    /// # Errors
    /// The reason why it stopped early. What was imported until then stays, and the rest can be
    /// imported later.
    pub async fn execute(
        &self,
        plan: &Plan,
        progress: &dyn AdoptionProgress,
    ) -> Result<(), AdoptionError> {
        let taken = self.physical_names().await?;
        // Organizations that keep their collection name claim it before others choose a free one.
        let (keep, change): (Vec<_>, Vec<_>) = plan.organizations.iter().partition(|migrated| {
            migrated.collection.as_ref().is_none_or(|from| from.kept_name().is_some())
        });
        for migrated in keep.into_iter().chain(change) {
            if let Some(organization) = self.adopt(migrated, &taken, progress).await? {
                progress.adopted(&organization);
            }
        }
        Ok(())
    }

    async fn adopt(
        &self,
        migrated: &MigratedOrganization,
        taken: &BTreeSet<CollectionName>,
        progress: &dyn AdoptionProgress,
    ) -> Result<Option<Organization>, AdoptionError> {
        if self.target.organizations.get(&migrated.organization.id).await?.is_some() {
            // A concurrent adoption won. The organization's documents must not be touched again.
            return Ok(None);
        }
        self.record_adoption(migrated).await?;
        for admin in migrated.admins.iter().map(|it| &it.admin) {
            match self.target.admins.insert(admin).await {
                Ok(()) => {}
                Err(WriteError::Taken | WriteError::Stale) => {
                    return Err(AdoptionError::Taken(admin.email().to_string()));
                }
                Err(WriteError::Store(cause)) => return Err(cause.into()),
            }
        }
        let placement = match &migrated.collection {
            None => None,
            Some(from) => {
                let to = self.name(migrated, from, taken).await?;
                Some(self.transfer(migrated, from, to, progress).await?)
            }
        };
        let record = Organization::adopted(&migrated.organization, placement);
        match self.target.organizations.insert(&record).await {
            Ok(()) => Ok(Some(record)),
            Err(WriteError::Taken | WriteError::Stale) => {
                Err(AdoptionError::Taken(record.name().to_string()))
            }
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }

    /// Begins the trail of the organization; an interrupted adoption may have done so before.
    async fn record_adoption(&self, migrated: &MigratedOrganization) -> Result<(), StoreError> {
        let id = &migrated.organization.id;
        let trail = Trail::Organization(id.clone());
        if self.target.audit.head(&trail).await?.is_some() {
            return Ok(());
        }
        let organization = Organization::adopted(&migrated.organization, None);
        let (from, admins) = (self.source.name(), migrated.admins.len() as u64);
        let changes = Changes::adopted(&organization, from, admins, migrated.documents);
        let target = AuditTarget::organization(id);
        let event = self.act().event(trail, Action::OrganizationAdopted, target, changes);
        self.target.audit.append(&[event]).await
    }

    /// The name for the collection: the present one, if it is valid and free.
    async fn name(
        &self,
        migrated: &MigratedOrganization,
        from: &LegacyCollection,
        taken: &BTreeSet<CollectionName>,
    ) -> Result<CollectionName, StoreError> {
        let kept = from.kept_name();
        let stays = kept.is_some() && self.source.transfer_mode() == TransferMode::Stay;
        let by_slug = || CollectionName::for_slug(&Slug::of(&migrated.organization.name));
        let wanted = kept.unwrap_or_else(by_slug);
        let free = |name: &CollectionName| stays || !taken.contains(name);
        let wanted = (1..).map(|n| wanted.numbered(n)).find(free).unwrap_or(wanted);
        let organization = migrated.organization.id.clone();
        let claim = Claim { organization, begun: Version::FIRST };
        self.target.namespaces.claim(&wanted, &claim).await
    }

    async fn transfer(
        &self,
        migrated: &MigratedOrganization,
        from: &LegacyCollection,
        to: CollectionName,
        progress: &dyn AdoptionProgress,
    ) -> Result<Placement, StoreError> {
        let copied = |done| progress.copied(migrated, done, migrated.documents);
        match self.source.transfer_mode() {
            TransferMode::Stay | TransferMode::Copy => {
                self.source.transfer(from, &to, &copied).await
            }
            TransferMode::Import => self.import(migrated, from, to, &copied).await,
        }
    }

    async fn import(
        &self,
        migrated: &MigratedOrganization,
        from: &LegacyCollection,
        to: CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        let organization = Organization::adopted(&migrated.organization, None);
        let tenant = organization.tenant_at(Placement::Collection { name: to, uuid: None });
        // Removes the remains of an interrupted adoption.
        self.target.tenants.remove(&tenant).await?;
        let placement = self.target.tenants.create(&tenant).await?;
        let tenant = organization.tenant_at(placement.clone());
        let mut source = self.source.documents(from).await?;
        let mut done = 0;
        while let Some(some) = source.next().await? {
            let documents = some.into_iter().map(|document| self.document(document));
            let documents = documents.collect::<Result<Vec<Document>, _>>();
            let documents = documents.map_err(StoreError::unavailable)?;
            let last = done + documents.len() as u64;
            let batch = Batch {
                documents,
                mode: ImportMode::Insert,
                lines: done + 1..=last,
                refused: 0,
                organization: migrated.organization.id.clone(),
                act: self.act(),
            };
            let imported = self.target.tenants.import(&tenant, &Arc::new(batch)).await;
            let imported = imported.map_err(failed)?;
            if !imported.iter().all(|imported| imported.is_written()) {
                return Err(StoreError::unavailable("an id of a document is there twice"));
            }
            done = last;
            copied(done);
        }
        Ok(placement)
    }

    fn act(&self) -> AuditContext {
        AuditContext {
            id: self.target.ids.event(),
            at: self.target.clock.now(),
            actor: AuditActor::system(),
            request_info: None,
        }
    }
}

fn failed(error: TenantError) -> StoreError {
    match error {
        TenantError::Store(cause) => cause,
        other => StoreError::unavailable(other),
    }
}
