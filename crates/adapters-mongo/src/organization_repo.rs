//! [`OrganizationRepo`]: one document per organization, with the slugs that it reserves.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{
    AuditEvent, Organization, OrganizationId, Page, PageSize, Slug, Status, Timestamp, Trail,
    Version,
};
use domain::ports::{
    AuditLog, OrganizationFilter, OrganizationRepo, Requester, StoreError, WriteError,
};

use mongodb::options::Hint;

use crate::call::{MAX_TIME, with_timeout};
use crate::mongo_error::MongoError;
use crate::outbox::{ATTEMPTS, with_empty_outbox};
use crate::records::{after, at_version, corrupt, date, decode, encode, find, page};
use crate::schema::{NAMES, ORGANIZATIONS, OWN_COLLECTION, PHASE, PHASE_INDEX};
use crate::store::MongoStore;

#[async_trait]
impl OrganizationRepo for MongoStore {
    async fn insert(&self, organization: &Organization) -> Result<(), WriteError> {
        let collections = self.fixed_collections()?;
        let insert = collections.organizations.insert_one(document(organization)?);
        match with_timeout(insert).await {
            Ok(_) => Ok(()),
            Err(MongoError::Duplicate) => resolve_duplicate(self, organization).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn get(&self, id: &OrganizationId) -> Result<Option<Organization>, StoreError> {
        self.read_after_election(|collections| async move {
            let by_id = doc! { "_id": id.as_str() };
            find(ORGANIZATIONS, collections.organizations.find_one(by_id)).await
        })
        .await
    }

    async fn find_by_slug(&self, slug: &Slug) -> Result<Option<Organization>, StoreError> {
        self.read_after_election(|collections| async move {
            let by_slug = doc! { NAMES: slug.as_str() };
            find(ORGANIZATIONS, collections.organizations.find_one(by_slug)).await
        })
        .await
    }

    async fn replace(
        &self,
        next: &Organization,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let collections = self.fixed_collections()?;
        let trail = Trail::Organization(next.id().clone());
        let records = &collections.organizations;
        self.replace_record(records, document(next)?, expected, (events, &trail)).await
    }

    async fn remove(&self, id: &OrganizationId, expected: Version) -> Result<(), WriteError> {
        let collections = self.fixed_collections()?;
        let unchanged = with_empty_outbox(at_version(id.as_str(), expected)?);
        for _ in 0..ATTEMPTS {
            let delete = collections.organizations.delete_one(unchanged.clone());
            if with_timeout(delete).await?.deleted_count > 0 {
                return Ok(());
            }
            match OrganizationRepo::get(self, id).await? {
                None => return Ok(()),
                Some(stored) if stored.version() != expected => return Err(WriteError::Stale),
                Some(_) => self.flush_outbox(Some(&Trail::Organization(id.clone()))).await?,
            }
        }
        Err(StoreError::unavailable("the outbox of the record can't be flushed").into())
    }

    async fn list(
        &self,
        filter: &OrganizationFilter,
        last: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        let _permit = self.permit(&Requester::Installation).await?;
        self.read_after_election(|collections| async move {
            let filter_document = after(filter_document(filter), last.map(OrganizationId::as_str));
            let find = collections.organizations.find(filter_document);
            page(find, size, |document| decode(ORGANIZATIONS, document)).await
        })
        .await
    }

    async fn list_public(
        &self,
        requester: &Requester,
        last: Option<&OrganizationId>,
        skip: u64,
        size: PageSize,
    ) -> Result<Page<Organization>, StoreError> {
        let _permit = self.permit(requester).await?;
        self.read_after_election(|collections| async move {
            let public = after(in_phases(Status::is_public), last.map(OrganizationId::as_str));
            // Uses the index: omitted records are counted there, and not read.
            let hint = Hint::Name(PHASE_INDEX.to_owned());
            let find = collections.organizations.find(public).skip(skip).hint(hint);
            page(find, size, |document| decode(ORGANIZATIONS, document)).await
        })
        .await
    }

    async fn count_dedicated(&self) -> Result<u64, StoreError> {
        self.read_after_election(|collections| async move {
            let own = doc! { OWN_COLLECTION: true };
            let count = collections.organizations.count_documents(own).max_time(MAX_TIME);
            Ok(with_timeout(count).await?)
        })
        .await
    }

    async fn pending(
        &self,
        deadline: Option<Timestamp>,
        last: Option<&OrganizationId>,
        size: PageSize,
    ) -> Result<Page<OrganizationId>, StoreError> {
        self.read_after_election(|collections| async move {
            let pending = after(pending(deadline), last.map(OrganizationId::as_str));
            let find = collections.organizations.find(pending).projection(doc! { "_id": 1 });
            page(find, size, id).await
        })
        .await
    }
}

/// Result of an insert of `organization` that hit a unique index, because another record has its id
/// or one of its slugs.
async fn resolve_duplicate(
    store: &MongoStore,
    organization: &Organization,
) -> Result<(), WriteError> {
    let collections = store.fixed_collections()?;
    let by_id = doc! { "_id": organization.id().as_str() };
    let find_one = collections.organizations.find_one(by_id);
    let latest = find_one.read_concern(store.features.latest_concern());
    match find::<Organization>(ORGANIZATIONS, latest).await? {
        Some(stored) if stored == *organization => Ok(()),
        Some(_) => Err(WriteError::Stale),
        None => Err(WriteError::Taken),
    }
}

/// The stored record, with the fields for its indexes.
fn document(organization: &Organization) -> Result<Document, StoreError> {
    let mut document = encode(organization)?;
    let names: Vec<&str> = organization.reserved_slugs().map(Slug::as_str).collect();
    if !names.is_empty() {
        document.insert(NAMES, names);
    }
    if organization.has_own_collection() {
        document.insert(OWN_COLLECTION, true);
    }
    Ok(document)
}

fn filter_document(filter: &OrganizationFilter) -> Document {
    let mut filter_document = Document::new();
    if let Some(status) = filter.status {
        filter_document = in_phases(|other| other == status);
    }
    if let Some(part) = &filter.slug_contains {
        let index = doc! { "$indexOfBytes": ["$slug", { "$literal": part }] };
        filter_document.insert("$expr", doc! { "$gte": [index, 0] });
    }
    if filter.own_collection {
        filter_document.insert(OWN_COLLECTION, true);
    }
    filter_document
}

/// Filter for phases of these statuses.
fn in_phases(of: impl Fn(Status) -> bool) -> Document {
    let kinds: Vec<&str> =
        Status::ALL.into_iter().filter(|status| of(*status)).flat_map(kinds).copied().collect();
    doc! { PHASE: { "$in": kinds } }
}

/// The stored kinds of the phases of this status.
fn kinds(status: Status) -> &'static [&'static str] {
    match status {
        Status::Provisioning => &["provisioning"],
        Status::Active => &["active", "admitting", "relieving"],
        Status::Renaming => &["renaming"],
        Status::Suspended => &["suspended", "suspending"],
        Status::Deleting => &["deleting"],
        Status::Deleted => &["deleted"],
    }
}

/// Only pending records have a lease. The filter must state that the lease is a date in addition to
/// any bound, or the server does not recognize that the index covers the query.
fn pending(deadline: Option<Timestamp>) -> Document {
    let mut lease = doc! { "$type": "date" };
    if let Some(deadline) = deadline {
        lease.insert("$lt", date(deadline));
    }
    doc! { "lease_until": lease }
}

fn id(document: Document) -> Result<OrganizationId, StoreError> {
    let id = document.get_str("_id").unwrap_or_default();
    OrganizationId::parse(id)
        .map_err(|invalid| corrupt(ORGANIZATIONS, id, format!("_id: {invalid}")))
}

#[cfg(test)]
mod tests {
    use port_contracts::fixtures::{
        active, adding_admin, deleted, deleting, provisioning, renaming, sharing, suspended,
        suspending, updating_admin, updating_admin_then_renaming,
    };

    use super::*;

    #[test]
    fn every_phase_is_stored_under_a_kind_of_its_status() {
        let in_every_phase = [
            provisioning("o", "Acme"),
            active("o", "Acme"),
            renaming("o", "Acme", "Beta"),
            suspended("o", "Acme"),
            suspending("o", "Acme", "Beta"),
            deleting("o", "Acme"),
            deleted("o", "Acme"),
            adding_admin("o", "Acme"),
            updating_admin("o", "Acme"),
            updating_admin_then_renaming("o", "Acme", "Beta"),
        ];
        for organization in in_every_phase {
            let document = document(&organization).unwrap();
            let kind = document.get_document("phase").unwrap().get_str("kind").unwrap();
            assert!(kinds(organization.status()).contains(&kind), "{kind}");
        }
    }

    /// A unique index treats two empty arrays as duplicates.
    #[test]
    fn index_fields_are_absent_when_nothing_is_reserved() {
        let renaming = document(&renaming("o", "Acme", "Beta")).unwrap();
        assert_eq!(renaming.get_array(NAMES).unwrap(), &["acme".into(), "beta".into()]);
        assert!(renaming.get_bool(OWN_COLLECTION).unwrap());
        let deleted = document(&deleted("o", "Acme")).unwrap();
        assert!(!deleted.contains_key(NAMES) && !deleted.contains_key(OWN_COLLECTION));
        let sharing = document(&sharing("o", "Acme")).unwrap();
        assert!(sharing.contains_key(NAMES) && !sharing.contains_key(OWN_COLLECTION));
    }
}
