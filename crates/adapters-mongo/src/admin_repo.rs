//! [`AdminRepo`]: one document per admin, with the key of its e-mail address.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{
    Admin, AdminId, AuditEvent, EmailKey, OrganizationId, Page, PageSize, Trail, Version,
};
use domain::ports::{AdminRepo, AuditLog, InsertAdminError, StoreError, WriteError};

use crate::call::{WORK, again, bounded};
use crate::mongo_error::MongoError;
use crate::outbox::{ATTEMPTS, settled};
use crate::records::{after, at_version, decode, encode, find, page};
use crate::schema::{ADMINS, EMAIL_KEY, REMOVED};
use crate::store::MongoStore;

#[async_trait]
impl AdminRepo for MongoStore {
    async fn insert(&self, admin: &Admin) -> Result<(), InsertAdminError> {
        let link = self.link().map_err(StoreError::from)?;
        let insert = link.collections.admins.insert_one(document(admin)?);
        match bounded(insert).await {
            Ok(_) => Ok(()),
            Err(MongoError::Duplicate) => refused(self, admin).await,
            Err(fault) => Err(StoreError::from(fault).into()),
        }
    }

    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            let find_one = link.collections.admins.find_one(doc! { "_id": id.as_str() });
            let found = bounded(find_one.max_time(WORK)).await?;
            let there = found.filter(|document| !document.contains_key(REMOVED));
            there.map(|document| decode(ADMINS, document)).transpose()
        })
        .await
    }

    async fn find_by_email(&self, key: &EmailKey) -> Result<Option<Admin>, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            find(ADMINS, link.collections.admins.find_one(doc! { EMAIL_KEY: key.as_str() })).await
        })
        .await
    }

    async fn replace(
        &self,
        next: &Admin,
        expected: Version,
        events: &[AuditEvent],
    ) -> Result<(), WriteError> {
        let link = self.link()?;
        let home = Trail::Organization(next.organization_id().clone());
        let records = &link.collections.admins;
        self.replace_record(records, document(next)?, expected, (events, &home)).await
    }

    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError> {
        let link = self.link()?;
        let told = settled(at_version(id.as_str(), expected)?);
        for _ in 0..ATTEMPTS {
            let replace = link.collections.admins.replace_one(told.clone(), tombstone(id));
            if bounded(replace).await?.matched_count > 0 {
                return Ok(());
            }
            match AdminRepo::get(self, id).await? {
                None => return Ok(()),
                Some(stored) if stored.version() != expected => return Err(WriteError::Stale),
                Some(stored) => {
                    let home = Trail::Organization(stored.organization_id().clone());
                    self.settle(Some(&home)).await?;
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
        list(self, of(organization), last, size).await
    }

    async fn count(&self, organization: &OrganizationId) -> Result<u64, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            let count = link.collections.admins.count_documents(of(organization));
            Ok(bounded(count.max_time(WORK)).await?)
        })
        .await
    }

    async fn all(&self, last: Option<&AdminId>, size: PageSize) -> Result<Page<Admin>, StoreError> {
        list(self, doc! { REMOVED: { "$exists": false } }, last, size).await
    }

    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let link = self.link()?;
        let admins = &link.collections.admins;
        for _ in 0..ATTEMPTS {
            again(|| admins.delete_many(settled(of(organization)))).await?;
            let left = || async {
                let left = admins.find_one(of(organization)).projection(doc! { "_id": 1 });
                Ok::<_, StoreError>(bounded(left.max_time(WORK)).await?.is_some())
            };
            if !self.fresh(left).await? {
                return Ok(());
            }
            self.settle(Some(&Trail::Organization(organization.clone()))).await?;
        }
        Err(StoreError::unavailable("the outboxes of admins can't be flushed"))
    }
}

/// Result of an insert of `admin` that hit a unique index, because another record has its id or its
/// address.
async fn refused(store: &MongoStore, admin: &Admin) -> Result<(), InsertAdminError> {
    let link = store.link().map_err(StoreError::from)?;
    let find_one = link.collections.admins.find_one(doc! { "_id": admin.id().as_str() });
    let latest = find_one.read_concern(store.abilities.latest()).max_time(WORK);
    match bounded(latest).await.map_err(StoreError::from)? {
        Some(_) => Ok(()),
        None => Err(InsertAdminError::EmailTaken),
    }
}

async fn list(
    store: &MongoStore,
    filter: Document,
    last: Option<&AdminId>,
    size: PageSize,
) -> Result<Page<Admin>, StoreError> {
    store
        .fresh(|| async {
            let link = store.link()?;
            let find =
                link.collections.admins.find(after(filter.clone(), last.map(AdminId::as_str)));
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
