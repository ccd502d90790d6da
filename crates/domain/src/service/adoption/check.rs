//! Check of whether everything can be adopted. Changes nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::{
    Actor, Admin, AdminId, AdoptedOrganization, CollectionName, Deletion, Description, Document,
    DocumentId, DocumentIds, EmailKey, Invalid, InvalidAt, Legacy, LegacyAdmin, LegacyCollection,
    LegacyDocument, LegacyOrganization, Organization, OrganizationId, OrganizationName, PageSize,
    Slug, Timestamp,
};
use crate::ports::{StoreError, Way};

use super::people::{self, Staff};
use super::{AdminToAdopt, Adoption, Checked, MigratedOrganization, Plan, Problem};

/// State of a running check.
#[derive(Default)]
struct Course {
    plan: Plan,
    problems: Vec<Problem>,
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
    pub async fn check(&self) -> Result<Checked, StoreError> {
        let legacy = self.source.read().await?;
        let mut course = Course::default();
        let Course { plan, problems, .. } = &mut course;
        let among_documents = self.rules.admins_among_documents;
        let staff = people::staff(&legacy, among_documents, problems, &mut plan.notes);
        for organization in &legacy.organizations {
            self.check_organization(organization, (&legacy, &staff), &mut course).await?;
        }
        self.note_strays(&legacy, &mut course.plan.notes).await?;
        Ok(if course.problems.is_empty() {
            Checked::Fit(course.plan)
        } else {
            Checked::Unfit(course.problems)
        })
    }

    async fn check_organization(
        &self,
        legacy: &LegacyOrganization,
        (all, staff): (&Legacy, &Staff<'_>),
        course: &mut Course,
    ) -> Result<(), StoreError> {
        let id = match OrganizationId::parse(legacy.id.as_str()) {
            Ok(id) => id,
            Err(invalid) => {
                course.problems.push(Problem::new(subject(legacy), "_id", invalid));
                return Ok(());
            }
        };
        if let Some(stored) = self.target.organizations.get(&id).await? {
            if is_same(&stored, legacy) {
                course.plan.present.push(id);
            } else {
                let reason = "is that of another organization in the store";
                course.problems.push(Problem::new(subject(legacy), "_id", reason));
            }
            return Ok(());
        }
        let organization = self.read(legacy, &id, &mut course.problems);
        if let Some(organization) = organization.as_ref().filter(|it| it.deletion.is_none()) {
            self.check_slug(organization, course).await?;
        }
        let adoptee = match legacy.deletion {
            Some(_) => organization.map(MigratedOrganization::deleted),
            None => {
                let admins = self.check_admins(legacy, &id, staff, course).await?;
                let collection = LegacyCollection {
                    name: legacy.collection.clone(),
                    admins: people::inside(legacy, staff),
                };
                let documents =
                    self.check_collection(legacy, &id, (all, &collection), course).await?;
                organization.map(|organization| MigratedOrganization {
                    organization,
                    admins,
                    collection: Some(collection),
                    documents,
                })
            }
        };
        course.plan.adoptees.extend(adoptee);
        Ok(())
    }

    fn read(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        problems: &mut Vec<Problem>,
    ) -> Option<AdoptedOrganization> {
        let mut refuse = |field, invalid: Invalid| {
            problems.push(Problem::new(subject(legacy), field, invalid));
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
            document_ids: match self.source.way() {
                Way::Stay | Way::Copy => DocumentIds::Mixed,
                Way::Import => DocumentIds::Text,
            },
        })
    }

    async fn check_slug(
        &self,
        organization: &AdoptedOrganization,
        course: &mut Course,
    ) -> Result<(), StoreError> {
        let (id, slug) = (&organization.id, Slug::of(&organization.name));
        let holder = match course.slugs.get(&slug) {
            Some(other) => Some(format!("is that of organization {other}, too")),
            None => {
                let stored = self.target.organizations.find_by_slug(&slug).await?;
                stored.map(|it| format!("is taken in the store, by organization {}", it.id()))
            }
        };
        if let Some(reason) = holder {
            let reason = format!("{} {reason}", organization.name);
            course.problems.push(Problem::new(format!("organization {id}"), "name", reason));
        }
        course.slugs.entry(slug).or_insert_with(|| id.clone());
        Ok(())
    }

    /// Checks the admins of an organization, one of which must be an active owner.
    async fn check_admins(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        staff: &Staff<'_>,
        course: &mut Course,
    ) -> Result<Vec<AdminToAdopt>, StoreError> {
        let now = self.target.clock.now();
        // Admins that an interrupted adoption imported.
        let there = self.target.admins.list(id, None, PageSize::MAX).await?.items;
        let found = staff.get(legacy.id.as_str()).map_or(&[][..], Vec::as_slice);
        let mut admins = Vec::new();
        for admin in found {
            let is_founder = people::is_founder(legacy, admin);
            let read = people::read(admin, id, is_founder, now, &mut course.problems);
            self.check_email(admin, course).await?;
            if let Some(read) = read {
                self.check_id(&read.admin, course).await?;
                admins.push(read);
            }
        }
        let about = |reason: &str| Problem::new(subject(legacy), "admin_id", reason);
        let mut all = admins.iter().map(|it| &it.admin).chain(&there);
        if found.is_empty() && there.is_empty() {
            course.problems.push(about("it has no admin"));
        } else if found.len() == admins.len() && !all.any(Admin::is_active_owner) {
            let reason = "it has no owner who may log in (role owner, or the founder with role admin or none)";
            course.problems.push(about(reason));
        }
        Ok(admins)
    }

    /// Checks that the id of `admin` is free, or belongs to this admin.
    async fn check_id(&self, admin: &Admin, course: &mut Course) -> Result<(), StoreError> {
        if !course.admins.insert(admin.id().clone()) {
            let subject = format!("admin {}", admin.id());
            course.problems.push(Problem::new(subject, "_id", "is that of two admins"));
        }
        let stored = self.target.admins.get(admin.id()).await?;
        if stored.is_some_and(|it| it.organization_id() != admin.organization_id()) {
            let subject = format!("admin {}", admin.id());
            let reason = "is that of an admin of another organization in the store";
            course.problems.push(Problem::new(subject, "_id", reason));
        }
        Ok(())
    }

    /// Checks that the address of an admin is free, or belongs to this admin. An invalid address
    /// was reported before.
    async fn check_email(
        &self,
        legacy: &LegacyAdmin,
        course: &mut Course,
    ) -> Result<(), StoreError> {
        let Ok(email) = people::email(legacy) else { return Ok(()) };
        let holder = match course.emails.get(&email.key()) {
            Some(other) => Some(format!("{email} is that of admin {other}, too")),
            None => {
                let stored = self.target.admins.find_by_email(&email.key()).await?;
                let other = stored.filter(|other| other.id().as_str() != legacy.id);
                other.map(|it| format!("{email} is taken in the store, by admin {}", it.id()))
            }
        };
        if let Some(reason) = holder {
            course.problems.push(Problem::new(people::subject(legacy), "email", reason));
        }
        course.emails.entry(email.key()).or_insert_with(|| legacy.id.clone());
        Ok(())
    }

    /// Checks that the collection exists and belongs to no other organization; returns the number
    /// of its documents.
    async fn check_collection(
        &self,
        legacy: &LegacyOrganization,
        id: &OrganizationId,
        (all, collection): (&Legacy, &LegacyCollection),
        course: &mut Course,
    ) -> Result<u64, StoreError> {
        let name = &collection.name;
        let about = |reason| Problem::new(subject(legacy), "collection_name", reason);
        if let Some(other) = course.collections.get(name) {
            let reason = format!("{name} is that of organization {other}, too");
            course.problems.push(about(reason));
            return Ok(0);
        }
        course.collections.insert(name.clone(), id.clone());
        if !all.collections.contains(name) && !self.has_moved(id).await? {
            course.problems.push(about(format!("{name} is not there")));
            return Ok(0);
        }
        if self.source.way() == Way::Stay && collection.kept_name().is_none() {
            let note =
                format!("collection {name} of organization {id} gets a name that can be kept");
            course.plan.notes.push(note);
        }
        match self.source.way() {
            Way::Stay | Way::Copy => self.source.count(collection).await,
            Way::Import => self.check_documents(id, collection, course).await,
        }
    }

    /// Whether an interrupted adoption gave the collection another name.
    async fn has_moved(&self, id: &OrganizationId) -> Result<bool, StoreError> {
        if self.source.way() != Way::Stay {
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
        course: &mut Course,
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
                        course.problems.push(Problem::new(shown, "_id", reason));
                    }
                    Err(refusal) => course.problems.push(Problem::new(shown, "content", refusal)),
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
    async fn note_strays(
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
            let owner = match name.filter(|_| self.source.way() == Way::Stay) {
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
