//! Reading organizations and admins from all places where the other service keeps them.

use std::collections::BTreeSet;

use bson::{Document, doc};
use domain::model::{
    CollectionName, Legacy, LegacyAdmin, LegacyDeletion, LegacyOrganization, OrganizationName,
    PasswordHash, Slug,
};
use domain::ports::StoreError;
use futures_util::TryStreamExt;

use super::fields::{id, id_in, is_active, is_true, text, time};
use super::{LegacyLayout, LegacyMongo, MIGRATION_TIMEOUT, keys, specifications};
use crate::call::within;
use crate::schema::{ADMINS, ORGANIZATIONS};

/// Fields that may contain an admin's password hash.
const HASHES: [&str; 4] = ["password_hash", "hashed_password", "admin_password", "password"];
/// Distinguishes an admin among documents from other records with a password, such as a customer of
/// the organization: a role that Tenantry knows, in the same spelling.
const ROLES: [&str; 3] = ["owner", "admin", "viewer"];

impl LegacyMongo {
    pub(super) async fn read_all(&self) -> Result<Legacy, StoreError> {
        let collections: BTreeSet<String> =
            specifications(&self.database).await?.into_keys().collect();
        let organizations = self.current_name(ORGANIZATIONS, &collections);
        let organizations = self.find(&organizations, doc! {}).await?;
        let organizations: Vec<_> =
            organizations.iter().map(|found| organization(found, &collections)).collect();
        let admins = match self.layout {
            LegacyLayout::Org => {
                let name = self.current_name(ADMINS, &collections);
                let admins = self.find(&name, doc! {}).await?;
                admins.into_iter().map(|found| admin(&found, &name, None)).collect()
            }
            LegacyLayout::Enterprise => {
                self.read_embedded_admins(&organizations, &collections).await?
            }
        };
        Ok(Legacy { organizations, admins, collections })
    }

    /// Reads the admins that are stored among the documents of their organizations.
    async fn read_embedded_admins(
        &self,
        organizations: &[LegacyOrganization],
        existing: &BTreeSet<String>,
    ) -> Result<Vec<LegacyAdmin>, StoreError> {
        let mut admins = Vec::new();
        for organization in organizations {
            if organization.deletion.is_some() || !existing.contains(&organization.collection) {
                continue;
            }
            let founders: Vec<String> = organization.founder.iter().cloned().collect();
            let is_admin = doc! { "$or": [
                { "_id": { "$in": keys(&founders) } },
                {
                    "email": { "$type": "string" },
                    "role": { "$in": ROLES.to_vec() },
                    "$or": hash_filters(),
                },
            ] };
            let collection = &organization.collection;
            let found = self.find(collection, is_admin).await?;
            let found = found.iter().map(|found| admin(found, collection, Some(&organization.id)));
            let (mut sure, unsure): (Vec<_>, Vec<_>) =
                found.partition(|admin| admin.password_hash.is_some());
            let is_known = |it: &LegacyAdmin| sure.iter().any(|admin| admin.id == it.id);
            let missing: Vec<_> = unsure.into_iter().filter(|admin| !is_known(admin)).collect();
            sure.extend(missing);
            admins.extend(sure);
        }
        Ok(admins)
    }

    async fn find(&self, collection: &str, filter: Document) -> Result<Vec<Document>, StoreError> {
        let documents = self.database.collection::<Document>(collection);
        let find = documents.find(filter).sort(doc! { "_id": 1 });
        Ok(within(MIGRATION_TIMEOUT, async { find.await?.try_collect().await }).await?)
    }
}

/// Filters that match a bcrypt hash in one of the fields.
pub(super) fn hash_filters() -> Vec<Document> {
    HASHES.map(|field| doc! { field: { "$regex": r"^\$2" } }).to_vec()
}

fn organization(found: &Document, existing: &BTreeSet<String>) -> LegacyOrganization {
    let name = text(found, &["organization_name", "name"]);
    let deletion = is_true(found, "is_deleted")
        .then(|| LegacyDeletion { at: time(found, "deleted_at"), by: id_in(found, "deleted_by") });
    LegacyOrganization {
        id: id(found.get("_id").cloned().unwrap_or_default()),
        description: text(found, &["description"]),
        collection: collection(found, name.as_deref().unwrap_or_default(), existing),
        name,
        founder: id_in(found, "admin_id"),
        created_at: time(found, "created_at"),
        updated_at: time(found, "updated_at"),
        is_active: is_active(found),
        deletion,
    }
}

/// The collection that the record names; else the first existing one of those derived from the
/// name.
fn collection(found: &Document, name: &str, existing: &BTreeSet<String>) -> String {
    if let Some(named) = text(found, &["collection_name"]) {
        return named;
    }
    let slug = text(found, &["slug"]).map(|slug| format!("org_{slug}"));
    let plain = name.trim().to_lowercase();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let words = words.collect::<Vec<_>>().join("_");
    let normalized = OrganizationName::parse(name).ok();
    let normalized = normalized.map(|name| CollectionName::for_slug(&Slug::of(&name)).to_string());
    let expected = slug.clone().unwrap_or_else(|| format!("org_{name}"));
    let candidates = [slug, Some(format!("org_{name}")), Some(format!("org_{words}")), normalized];
    let mut candidates = candidates.into_iter().flatten();
    candidates.find(|candidate| existing.contains(candidate)).unwrap_or(expected)
}

/// Converts an admin; one in the collection of an `organization` belongs to that.
fn admin(found: &Document, collection: &str, organization: Option<&str>) -> LegacyAdmin {
    let mut hashes = HASHES.iter().filter_map(|field| found.get_str(field).ok());
    let hash = hashes.find(|text| text.starts_with("$2"));
    LegacyAdmin {
        id: id(found.get("_id").cloned().unwrap_or_default()),
        organization: organization
            .map(ToOwned::to_owned)
            .or_else(|| id_in(found, "organization_id")),
        collection: collection.to_owned(),
        is_document: organization.is_some(),
        email: text(found, &["email", "admin_email"]),
        name: text(found, &["name", "full_name", "admin_name"]),
        role: id_in(found, "role"),
        password_hash: hash.map(|hash| PasswordHash::new(hash.to_owned())),
        is_active: is_active(found),
        last_login: time(found, "last_login"),
        created_at: time(found, "created_at"),
    }
}
