//! Check of whether everything can be adopted. Changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::{
    Actor, Admin, AdminId, AdoptedOrganization, CollectionName, Deletion, Description, Document,
    DocumentId, DocumentIds, EmailKey, Invalid, InvalidAt, Legacy, LegacyAdmin, LegacyCollection,
    LegacyDocument, LegacyOrganization, Organization, OrganizationId, OrganizationName, PageSize,
    Slug, Timestamp,
};
use crate::ports::{StoreError, TransferMode};

use super::admins::{self, AdminsByOrganization};
use super::{AdminToAdopt, Adoption, AdoptionProblem, CheckOutcome, MigratedOrganization, Plan};

/// State of a running check.
#[derive(Default)]
struct CheckState {
    plan: Plan,
    problems: Vec<AdoptionProblem>,
    /// The owner of each slug, address and collection.
    slugs: HashMap<Slug, OrganizationId>,
    emails: HashMap<EmailKey, String>,
    admins: HashSet<AdminId>,
    collections: BTreeMap<String, OrganizationId>,
}

impl Adoption {
    /// Returns the plan, or all problems. Changes nothing.
    ///
    /// # Errors
    /// When the store, or the database of the other service, fails.
    pub async fn check(&self) -> Result<CheckOutcome, StoreError> {
        let legacy = self.source.read().await?;
        let mut state = CheckState::default();
        let CheckState { plan, problems, .. } = &mut state;
        let among_documents = self.rules.admins_among_documents;
        let grouped = admins::by_organization(&legacy, among_documents, problems, &mut plan.notes);
        for organization in &legacy.organizations {
            self.check_organization(organization, (&legacy, &grouped), &mut state).await?;
        }
        self.note_unowned_collections(&legacy, &mut state.plan.notes).await?;
        Ok(if state.problems.is_empty() {
            CheckOutcome::Accepted(state.plan)
        } else {
            CheckOutcome::Rejected(state.problems)
        })
    }

    async fn check_organization(
        &self,
        legacy: &LegacyOrganization,
        (all, grouped): (&Legacy, &AdminsByOrganization<'_>),
        state: &mut CheckState,
    ) -> Result<(), StoreError> {
        let id = match OrganizationId::parse(legacy.id.as_str()) {
            Ok(id) => id,
            Err(invalid) => {
                state.problems.push(AdoptionProblem::new(subject(legacy), "_id", invalid));
                return Ok(());
            }
        };
        if let Some(stored) = self.target.organizations.get(&id).await? {
            if is_same(&stored, legacy) {
                state.plan.already_adopted.push(id);
            } else {
                let reason = "is that of another organization in the store";
                state.problems.push(AdoptionProblem::new(subject(legacy), "_id", reason));
            }
            return Ok(());
        }
        let organization = self.read(legacy, &id, &mut state.problems);
        if let Some(organization) = organization.as_ref().filter(|it| it.deletion.is_none()) {
            self.check_slug(organization, state).await?;
        }
        let migrated = match legacy.deletion {
            Some(_) => organization.map(MigratedOrganization::deleted),
            None => {
                let admins = self.check_admins(legacy, &id, grouped, state).await?;
                let collection = LegacyCollection {
                    name: legacy.collection.clone(),
                    admins: admins::ids_among_documents(legacy, grouped),
                };
                let documents =
                    self.check_collection(legacy, &id, (all, &collection), state).await?;
                organization.map(|organization| MigratedOrganization {
                    organization,
                    admins,
                    collection: Some(collection),
                    documents,
                })
            }
        };
        state.plan.organizations.extend(migrated);
        Ok(())
    }

    fn read(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        problems: &mut Vec<AdoptionProblem>,
    ) -> Option<AdoptedOrganization> {
        let mut refuse = |field, invalid: Invalid| {
            problems.push(AdoptionProblem::new(subject(legacy), field, invalid));
        };
        let name = OrganizationName::parse(legacy.name.as_deref().unwrap_or_default());
        let name = name.map_err(|invalid| refuse("name", invalid));
        let description = legacy.description.as_deref().map(Description::parse).transpose();
        let description = description.map_err(|invalid| refuse("description", invalid));
        let created_at = legacy.created_at.unwrap_or_else(|| self.target.clock.now());
        let updated_at = legacy.updated_at.unwrap_or(created_at);
        Some(AdoptedOrganization {
            id: id.clone(),
            name: name.ok()?,
            description: description.ok()?,
            founder: founder(legacy),
            created_at,
            updated_at,
            is_active: legacy.is_active,
            deletion: legacy.deletion.as_ref().map(|deletion| Deletion {
                at: deletion.at.unwrap_or(updated_at),
                by: deletion.by.as_deref().and_then(|id| AdminId::parse(id).ok()).map(Actor::Admin),
            }),
            document_ids: match self.source.transfer_mode() {
                TransferMode::Stay | TransferMode::Copy => DocumentIds::Mixed,
                TransferMode::Import => DocumentIds::Text,
            },
        })
    }

    async fn check_slug(
        &self,
        organization: &AdoptedOrganization,
        state: &mut CheckState,
    ) -> Result<(), StoreError> {
        let (id, slug) = (&organization.id, Slug::of(&organization.name));
        let holder = match state.slugs.get(&slug) {
            Some(other) => Some(format!("is that of organization {other}, too")),
            None => {
                let stored = self.target.organizations.find_by_slug(&slug).await?;
                stored.map(|it| format!("is taken in the store, by organization {}", it.id()))
            }
        };
        if let Some(reason) = holder {
            let reason = format!("{} {reason}", organization.name);
            state.problems.push(AdoptionProblem::new(format!("organization {id}"), "name", reason));
        }
        state.slugs.entry(slug).or_insert_with(|| id.clone());
        Ok(())
    }

    /// Checks the admins of an organization, one of which must be an active owner.
    async fn check_admins(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        grouped: &AdminsByOrganization<'_>,
        state: &mut CheckState,
    ) -> Result<Vec<AdminToAdopt>, StoreError> {
        let now = self.target.clock.now();
        // Admins that an interrupted adoption imported.
        let there = self.target.admins.list(id, None, PageSize::MAX).await?.items;
        let found = grouped.get(legacy.id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut admins = Vec::new();
        for admin in found {
            let is_founder = admins::is_founder(legacy, admin);
            let read = admins::read(admin, id, is_founder, now, &mut state.problems);
            self.check_email(admin, state).await?;
            if let Some(read) = read {
                self.check_id(&read.admin, state).await?;
                admins.push(read);
            }
        }
        let about = |reason: &str| AdoptionProblem::new(subject(legacy), "admin_id", reason);
        let mut all = admins.iter().map(|it| &it.admin).chain(&there);
        if found.is_empty() && there.is_empty() {
            state.problems.push(about("it has no admin"));
        } else if found.len() == admins.len() && !all.any(Admin::is_active_owner) {
            let reason = "it has no owner who may log in (role owner, or the founder with role admin or none)";
            state.problems.push(about(reason));
        }
        Ok(admins)
    }

    /// Checks that the id of `admin` is free, or belongs to this admin.
    async fn check_id(&self, admin: &Admin, state: &mut CheckState) -> Result<(), StoreError> {
        if !state.admins.insert(admin.id().clone()) {
            let subject = format!("admin {}", admin.id());
            state.problems.push(AdoptionProblem::new(subject, "_id", "is that of two admins"));
        }
        let stored = self.target.admins.get(admin.id()).await?;
        if stored.is_some_and(|it| it.organization_id() != admin.organization_id()) {
            let subject = format!("admin {}", admin.id());
            let reason = "is that of an admin of another organization in the store";
            state.problems.push(AdoptionProblem::new(subject, "_id", reason));
        }
        Ok(())
    }

    /// Checks that the address of an admin is free, or belongs to this admin. An invalid address
    /// was reported before.
    async fn check_email(
        &self,
        legacy: &LegacyAdmin,
        state: &mut CheckState,
    ) -> Result<(), StoreError> {
        let Ok(email) = admins::email(legacy) else { return Ok(()) };
        let holder = match state.emails.get(&email.key()) {
            Some(other) => Some(format!("{email} is that of admin {other}, too")),
            None => {
                let stored = self.target.admins.find_by_email(&email.key()).await?;
                let other = stored.filter(|other| other.id().as_str() != legacy.id);
                other.map(|it| format!("{email} is taken in the store, by admin {}", it.id()))
            }
        };
        if let Some(reason) = holder {
            state.problems.push(AdoptionProblem::new(admins::subject(legacy), "email", reason));
        }
        state.emails.entry(email.key()).or_insert_with(|| legacy.id.clone());
        Ok(())
    }

    /// Checks that the collection exists and belongs to no other organization; returns the number
    /// of its documents.
    async fn check_collection(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        (all, collection): (&Legacy, &LegacyCollection),
        state: &mut CheckState,
    ) -> Result<u64, StoreError> {
        let name = &collection.name;
        let about = |reason| AdoptionProblem::new(subject(legacy), "collection_name", reason);
        if let Some(other) = state.collections.get(name) {
            let reason = format!("{name} is that of organization {other}, too");
            state.problems.push(about(reason));
            return Ok(0);
        }
        state.collections.insert(name.clone(), id.clone());
        if !all.collections.contains(name) && !self.was_renamed(id).await? {
            state.problems.push(about(format!("{name} is not there")));
            return Ok(0);
        }
        if self.source.transfer_mode() == TransferMode::Stay && collection.kept_name().is_none() {
            let note =
                format!("collection {name} of organization {id} gets a name that can be kept");
            state.plan.notes.push(note);
        }
        match self.source.transfer_mode() {
            TransferMode::Stay | TransferMode::Copy => self.source.count(collection).await,
            TransferMode::Import => self.check_documents(id, collection, state).await,
        }
    }

    /// Whether an interrupted adoption gave the collection another name.
    async fn was_renamed(&self, id: &OrganizationId) -> Result<bool, StoreError> {
        if self.source.transfer_mode() != TransferMode::Stay {
            return Ok(false);
        }
        for name in self.physical_names().await? {
            if self.target.namespaces.owner(&name).await?.as_ref() == Some(id) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Checks that all documents can be stored as JSON; returns their number.
    async fn check_documents(
        &self,
        id: &OrganizationId,
        collection: &LegacyCollection,
        state: &mut CheckState,
    ) -> Result<u64, StoreError> {
        let (mut ids, mut count) = (HashSet::new(), 0);
        let mut documents = self.source.documents(collection).await?;
        while let Some(some) = documents.next().await? {
            for document in some {
                count += 1;
                let shown = format!("document {} of organization {id}", document.id);
                match self.document(document) {
                    Ok(document) if ids.insert(document.id().clone()) => {}
                    Ok(_) => {
                        let reason = "another document has an id with the same text";
                        state.problems.push(AdoptionProblem::new(shown, "_id", reason));
                    }
                    Err(refusal) => {
                        state.problems.push(AdoptionProblem::new(shown, "content", refusal));
                    }
                }
            }
        }
        Ok(count)
    }

    /// Converts `legacy` to a document.
    pub(super) fn document(&self, legacy: LegacyDocument) -> Result<Document, InvalidAt> {
        let LegacyDocument { id, fields } = legacy;
        let id = DocumentId::parse(id).map_err(|it| InvalidAt::from(it).below(Document::ID))?;
        let document = Document::parse(fields, || id)?;
        if document.size() > self.rules.limit.bytes() as u64 {
            return Err(Invalid::TooLarge { max: self.rules.limit.bytes() }.into());
        }
        Ok(document)
    }

    /// Reports collections that look like those of organizations, and belong to none.
    async fn note_unowned_collections(
        &self,
        legacy: &Legacy,
        notes: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let in_use = |it: &&LegacyOrganization| it.deletion.is_none();
        let used = legacy.organizations.iter().filter(in_use).map(|it| &it.collection);
        let used: BTreeSet<&String> = used.collect();
        let strays = legacy.collections.iter().filter(|name| name.starts_with("org_"));
        for stray in strays.filter(|name| !used.contains(name)) {
            let name = CollectionName::parse(stray.as_str()).ok();
            let owner = match name.filter(|_| self.source.transfer_mode() == TransferMode::Stay) {
                Some(name) => self.target.namespaces.owner(&name).await?,
                None => None,
            };
            if owner.is_none() {
                notes.push(format!("collection {stray} is left: it belongs to no organization"));
            }
        }
        Ok(())
    }

    /// The names of all tenant collections in the store.
    pub(super) async fn physical_names(&self) -> Result<BTreeSet<CollectionName>, StoreError> {
        let mut names = BTreeSet::new();
        loop {
            let page = self.target.tenants.collections(names.last(), PageSize::MAX).await?;
            names.extend(page.items);
            if !page.more {
                return Ok(names);
            }
        }
    }
}

impl MigratedOrganization {
    fn deleted(organization: AdoptedOrganization) -> Self {
        Self { organization, admins: Vec::new(), collection: None, documents: 0 }
    }
}

fn subject(legacy: &LegacyOrganization) -> String {
    format!("organization {}", legacy.id)
}

fn founder(legacy: &LegacyOrganization) -> Option<AdminId> {
    legacy.founder.as_deref().and_then(|id| AdminId::parse(id).ok())
}

/// Whether `stored` was migrated from `legacy`: time and actor of the creation never change.
fn is_same(stored: &Organization, legacy: &LegacyOrganization) -> bool {
    let made_then = |at: Timestamp| stored.created_at() == at;
    stored.founder() == founder(legacy).as_ref() && legacy.created_at.is_none_or(made_then)
}
