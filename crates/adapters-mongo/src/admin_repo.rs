//! [`AdminRepo`]: records, each with the key of its address.

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{Admin, AdminId, EmailKey, OrganizationId, Page, PageSize, Version};
use domain::ports::{AdminRepo, InsertAdminError, StoreError, WriteError};

use crate::call::{WORK, again, bounded};
use crate::fault::Fault;
use crate::records::{after, at_version, decode, encode, find, page};
use crate::schema::{ADMINS, EMAIL_KEY};
use crate::store::MongoStore;

#[async_trait]
impl AdminRepo for MongoStore {
    async fn insert(&self, admin: &Admin) -> Result<(), InsertAdminError> {
        let link = self.link().map_err(StoreError::from)?;
        let insert = link.collections.admins.insert_one(document(admin)?);
        match bounded(insert).await {
            Ok(_) => Ok(()),
            Err(Fault::Duplicate) => refused(self, admin).await,
            Err(fault) => Err(StoreError::from(fault).into()),
        }
    }

    async fn get(&self, id: &AdminId) -> Result<Option<Admin>, StoreError> {
        self.fresh(|| async {
            let link = self.link()?;
            find(ADMINS, link.collections.admins.find_one(doc! { "_id": id.as_str() })).await
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

    async fn replace(&self, next: &Admin, expected: Version) -> Result<(), WriteError> {
        let link = self.link()?;
        let filter = at_version(next.id().as_str(), expected)?;
        let replace = link.collections.admins.replace_one(filter, document(next)?);
        match bounded(replace).await {
            Ok(done) if done.matched_count == 0 => Err(WriteError::Stale),
            Ok(_) => Ok(()),
            Err(Fault::Duplicate) => Err(WriteError::Taken),
            Err(fault) => Err(fault.into()),
        }
    }

    async fn remove(&self, id: &AdminId, expected: Version) -> Result<(), WriteError> {
        let link = self.link()?;
        let delete = link.collections.admins.delete_one(at_version(id.as_str(), expected)?);
        if bounded(delete).await?.deleted_count > 0 {
            return Ok(());
        }
        match self.get(id).await? {
            Some(_) => Err(WriteError::Stale),
            None => Ok(()),
        }
    }

    async fn list(
        &self,
        organization: &OrganizationId,
        last: Option<&AdminId>,
        size: PageSize,
    ) -> Result<Page<Admin>, StoreError> {
        list(self, of(organization), last, size).await
    }

    async fn all(&self, last: Option<&AdminId>, size: PageSize) -> Result<Page<Admin>, StoreError> {
        list(self, Document::new(), last, size).await
    }

    async fn remove_all(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let link = self.link()?;
        again(|| link.collections.admins.delete_many(of(organization))).await?;
        Ok(())
    }
}

/// What it means that `admin` can't be inserted, as another record has its id or its address.
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

/// The record, and what its indexes need.
fn document(admin: &Admin) -> Result<Document, StoreError> {
    let mut document = encode(admin)?;
    document.insert(EMAIL_KEY, admin.email().key().as_str());
    Ok(document)
}

fn of(organization: &OrganizationId) -> Document {
    doc! { "organization_id": organization.as_str() }
}
