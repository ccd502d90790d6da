//! [`AdminRepo`]: one document per admin, with the key of its e-mail address.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{
    Admin, AdminId, AuditEvent, EmailKey, OrganizationId, Page, PageSize, Trail, Version,
};
use domain::ports::{AdminRepo, AuditLog, StoreError, WriteError};

use crate::call::{MAX_TIME, retry_once, with_timeout};
use crate::mongo_error::MongoError;
use crate::outbox::{ATTEMPTS, with_empty_outbox};
use crate::records::{after, at_version, decode, encode, find, page};
use crate::schema::{ADMINS, EMAIL_KEY, REMOVED};
use crate::store::MongoStore;

#[async_trait]
impl AdminRepo for MongoStore {
    async fn insert(&self, admin: &Admin) -> Result<(), WriteError> {
        let collections = self.fixed_collections().map_err(StoreError::from)?;
        let insert = collections.admins.insert_one(document(admin)?);
        match with_timeout(insert).await {
            Ok(_) => Ok(()),
            Err(MongoError::Duplicate) => resolve_duplicate(self, admin).await,
            Err(error) => Err(StoreError::from(error).into()),
        }
    }

    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError> {
        self.read_after_election(|collections| async move {
            let find_one = collections.admins.find_one(doc! { "_id": id.as_str() });
            let found = with_timeout(find_one.max_time(MAX_TIME)).await?;
            let present = found.filter(|document| !document.contains_key(REMOVED));
            present.map(|document| decode(ADMINS, document)).transpose()
        })
        .await
    }

    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError> {
        self.read_after_election(|collections| async move {
            find(ADMINS, collections.admins.find_one(doc! { EMAIL_KEY: key.as_str() })).await
        })
        .await
    }

    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let collections = self.fixed_collections()?;
        let trail = Trail::Organization(next.organization_id().clone());
        let records = &collections.admins;
        self.replace_record(records, document(next)?, expected, (events, &trail)).await
    }

    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError> {
        let collections = self.fixed_collections()?;
        let unchanged = with_empty_outbox(at_version(id.as_str(), expected)?);
        for _ in 0..ATTEMPTS {
            let replace = collections.admins.replace_one(unchanged.clone(), tombstone(id));
            if with_timeout(replace).await?.matched_count > 0 {
                return Ok(());
            }
            match AdminRepo::get(self, id).await? {
                None => return Ok(()),
                Some(stored) if stored.version() != expected => return Err(WriteError::Stale),
                Some(stored) => {
                    let trail = Trail::Organization(stored.organization_id().clone());
                    self.flush_outbox(Some(&trail)).await?;
                }
            }
        }
        Err(StoreError::unavailable("the outbox of the record can't be flushed").into())
    }

    async fn list(
        &self,
        organization: &OrganizationId,
        last: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError> {
        list(self, &of(organization), last, size).await
    }

    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError> {
        self.read_after_election(|collections| async move {
            let count = collections.admins.count_documents(of(organization));
            Ok(with_timeout(count.max_time(MAX_TIME)).await?)
        })
        .await
    }

    async fn all(&self, last: Option<&AdminId>, size: PageSize) -> Result<Page<Admin>, StoreError> {
        list(self, &doc! { REMOVED: { "$exists": false } }, last, size).await
    }

    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let admins = &collections.admins;
        for _ in 0..ATTEMPTS {
            retry_once(|| admins.delete_many(with_empty_outbox(of(organization)))).await?;
            let left = |_| async {
                let left = admins.find_one(of(organization)).projection(doc! { "_id": 1 });
                Ok::<_, StoreError>(with_timeout(left.max_time(MAX_TIME)).await?.is_some())
            };
            if !self.read_after_election(left).await? {
                return Ok(());
            }
            self.flush_outbox(Some(&Trail::Organization(organization.clone()))).await?;
        }
        Err(StoreError::unavailable("the outboxes of admins can't be flushed"))
    }
}

/// Result of an insert of `admin` that hit a unique index, because another record has its id or its
/// address.
async fn resolve_duplicate(store: &MongoStore, admin: &Admin) -> Result<(), WriteError> {
    let collections = store.fixed_collections().map_err(StoreError::from)?;
    let find_one = collections.admins.find_one(doc! { "_id": admin.id().as_str() });
    let latest = find_one.read_concern(store.features.latest_concern()).max_time(MAX_TIME);
    match with_timeout(latest).await.map_err(StoreError::from)? {
        Some(_) => Ok(()),
        None => Err(WriteError::Taken),
    }
}

async fn list(
    store: &MongoStore,
    filter: &Document,
    last: Option<&AdminId>,
    size: PageSize,
) -> Result<Page<Admin>, StoreError> {
    store
        .read_after_election(|collections| async move {
            let find = collections.admins.find(after(filter.clone(), last.map(AdminId::as_str)));
            page(find, size, |document| decode(ADMINS, document)).await
        })
        .await
}

/// The stored record, with the fields for its indexes.
fn document(admin: &Admin) -> Result<Document, StoreError> {
    let mut document = encode(admin)?;
    document.insert(EMAIL_KEY, admin.email().key().as_str());
    Ok(document)
}

/// The tombstone of a removed admin, so that no late insert can resurrect it. Its key equals no
/// address.
fn tombstone(id: &AdminId) -> Document {
    doc! { EMAIL_KEY: format!("removed {id}"), REMOVED: true }
}

fn of(organization: &OrganizationId) -> Document {
    doc! { "organization_id": organization.as_str() }
}
