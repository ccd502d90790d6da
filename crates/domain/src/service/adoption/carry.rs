//! Import of organizations. The steps of each can be repeated from the first; the record is written
//! last.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{
    Act, Action, AuditActor, AuditTarget, Batch, Changes, Claim, CollectionName, Document,
    ImportMode, LegacyCollection, Organization, Placement, Slug, Trail, Version,
};
use crate::ports::{InsertAdminError, StoreError, TenantError, Way, WriteError};

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
    pub async fn carry_out(
        &self,
        plan: &Plan,
        progress: &dyn AdoptionProgress,
    ) -> Result<(), AdoptionError> {
        let taken = self.physical_names().await?;
        // Organizations that keep their collection name claim it before others choose a free one.
        let (keep, change): (Vec<_>, Vec<_>) = plan.adoptees.iter().partition(|adoptee| {
            adoptee.collection.as_ref().is_none_or(|from| from.kept_name().is_some())
        });
        for adoptee in keep.into_iter().chain(change) {
            if let Some(organization) = self.adopt(adoptee, &taken, progress).await? {
                progress.adopted(&organization);
            }
        }
        Ok(())
    }

    async fn adopt(
        &self,
        adoptee: &MigratedOrganization,
        taken: &BTreeSet<CollectionName>,
        progress: &dyn AdoptionProgress,
    ) -> Result<Option<Organization>, AdoptionError> {
        if self.target.organizations.get(&adoptee.organization.id).await?.is_some() {
            // A concurrent adoption won. The organization's documents must not be touched again.
            return Ok(None);
        }
        self.tell(adoptee).await?;
        for admin in adoptee.admins.iter().map(|it| &it.admin) {
            match self.target.admins.insert(admin).await {
                Ok(()) => {}
                Err(InsertAdminError::EmailTaken) => {
                    return Err(AdoptionError::Taken(admin.email().to_string()));
                }
                Err(InsertAdminError::Store(cause)) => return Err(cause.into()),
            }
        }
        let placement = match &adoptee.collection {
            None => None,
            Some(from) => {
                let to = self.name(adoptee, from, taken).await?;
                Some(self.bring(adoptee, from, to, progress).await?)
            }
        };
        let record = Organization::adopted(&adoptee.organization, placement);
        match self.target.organizations.insert(&record).await {
            Ok(()) => Ok(Some(record)),
            Err(WriteError::Taken | WriteError::Stale) => {
                Err(AdoptionError::Taken(record.name().to_string()))
            }
            Err(WriteError::Store(cause)) => Err(cause.into()),
        }
    }

    /// Begins the trail of the organization; an interrupted adoption may have done so before.
    async fn tell(&self, adoptee: &MigratedOrganization) -> Result<(), StoreError> {
        let id = &adoptee.organization.id;
        let trail = Trail::Organization(id.clone());
        if self.target.audit.head(&trail).await?.is_some() {
            return Ok(());
        }
        let organization = Organization::adopted(&adoptee.organization, None);
        let (from, admins) = (self.source.name(), adoptee.admins.len() as u64);
        let changes = Changes::adopted(&organization, from, admins, adoptee.documents);
        let target = AuditTarget::organization(id);
        let event = self.act().event(trail, Action::OrganizationAdopted, target, changes);
        self.target.audit.append(&[event]).await
    }

    /// The name for the collection: the present one, if it is valid and free.
    async fn name(
        &self,
        adoptee: &MigratedOrganization,
        from: &LegacyCollection,
        taken: &BTreeSet<CollectionName>,
    ) -> Result<CollectionName, StoreError> {
        let kept = from.kept_name();
        let stays = kept.is_some() && self.source.way() == Way::Stay;
        let by_slug = || CollectionName::for_slug(&Slug::of(&adoptee.organization.name));
        let wanted = kept.unwrap_or_else(by_slug);
        let free = |name: &CollectionName| stays || !taken.contains(name);
        let wanted = (1..).map(|n| wanted.numbered(n)).find(free).unwrap_or(wanted);
        let organization = adoptee.organization.id.clone();
        let claim = Claim { organization, begun: Version::FIRST };
        self.target.namespaces.claim(&wanted, &claim).await
    }

    async fn bring(
        &self,
        adoptee: &MigratedOrganization,
        from: &LegacyCollection,
        to: CollectionName,
        progress: &dyn AdoptionProgress,
    ) -> Result<Placement, StoreError> {
        let copied = |done| progress.copied(adoptee, done, adoptee.documents);
        match self.source.way() {
            Way::Stay | Way::Copy => self.source.bring(from, &to, &copied).await,
            Way::Import => self.import(adoptee, from, to, &copied).await,
        }
    }

    async fn import(
        &self,
        adoptee: &MigratedOrganization,
        from: &LegacyCollection,
        to: CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError> {
        let organization = Organization::adopted(&adoptee.organization, None);
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
                organization: adoptee.organization.id.clone(),
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

    fn act(&self) -> Act {
        Act {
            id: self.target.ids.event(),
            at: self.target.clock.now(),
            actor: AuditActor::system(),
            origin: None,
        }
    }
}

fn failed(error: TenantError) -> StoreError {
    match error {
        TenantError::Store(cause) => cause,
        other => StoreError::unavailable(other),
    }
}
