//! Usage records: reading, updating, and initializing them by counting the stored documents.
//!
//! An organization that is older than usage records has none. It gets one before its first write:
//! no process writes to it without a record, so a count document by document is exact. Two
//! concurrent counts have the same result.
//!
//! Removing an organization's documents removes its record. A process that initializes a record
//! checks the organization after that, and removes the record again when the organization is being
//! deleted, so that no record stays behind.

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, OrganizationId, Placement, Tenant, Usage};
use domain::ports::{StoreError, TenantError};
use mongodb::options::{Acknowledgment, ReadConcern, WriteConcern};

use super::updates::{UsageBatch, UsageDelta};
use crate::call::{MAX_TIME, retry_once, with_timeout};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use crate::tenant_store::collection_ref::CollectionRef;

/// Documents read per command.
const BATCH: usize = 1000;

/// Usage record of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsageRecord {
    pub(super) counted: UsageDelta,
    /// Number of updates.
    pub(super) changes: i64,
    /// The number of updates at the last exact count.
    pub(super) exact_at: i64,
}

impl MongoStore {
    /// The record as the primary has it, acknowledged by a majority or not: the next update applies
    /// to this.
    pub(super) async fn usage_record(
        &self,
        organization: &OrganizationId,
    ) -> Result<Option<UsageRecord>, MongoError> {
        self.usage_record_with(organization, ReadConcern::local()).await
    }

    /// The record once a majority has it, and everything that was written before.
    pub(super) async fn durable_usage_record(
        &self,
        organization: &OrganizationId,
    ) -> Result<Option<UsageRecord>, MongoError> {
        self.usage_record_with(organization, self.features.latest_concern()).await
    }

    async fn usage_record_with(
        &self,
        organization: &OrganizationId,
        concern: ReadConcern,
    ) -> Result<Option<UsageRecord>, MongoError> {
        let collections = self.fixed_collections()?;
        let records = &collections.tenant_usage;
        let find = records.find_one(doc! { "_id": organization.as_str() });
        let find = find.read_concern(concern).max_time(MAX_TIME);
        let number = |fields: &Fields, name| fields.get(name).and_then(Bson::as_i64);
        Ok(with_timeout(find).await?.map(|fields| UsageRecord {
            counted: UsageDelta {
                documents: number(&fields, "documents").unwrap_or_default(),
                bytes: number(&fields, "bytes").unwrap_or_default(),
            },
            changes: number(&fields, "changes").unwrap_or_default(),
            exact_at: number(&fields, "exact_at").unwrap_or(-1),
        }))
    }

    /// Applies the update, if there is a record and everything fits. It must not be applied twice.
    pub(super) async fn update_record(
        &self,
        organization: &OrganizationId,
        batch: &UsageBatch,
    ) -> Result<bool, MongoError> {
        let collections = self.fixed_collections()?;
        let concern = WriteConcern::builder().w(Acknowledgment::Nodes(1)).journal(false).build();
        let records = &collections.tenant_usage;
        let update = records.update_one(batch.filter(organization), batch.update());
        Ok(with_timeout(update.write_concern(concern)).await?.matched_count > 0)
    }

    /// Counts the documents of `tenant`, which has no record yet, and creates one.
    pub(super) async fn create_record(&self, tenant: &Tenant) -> Result<(), TenantError> {
        let collection = CollectionRef::of(tenant);
        self.ensure_collection_exists(&collection).await?;
        let UsageDelta { documents, bytes } = UsageDelta::of(self.count(&collection).await?);
        let organization = tenant.organization().as_str();
        let record = doc! {
            "_id": organization,
            "documents": documents,
            "bytes": bytes,
            "changes": 0_i64,
            "exact_at": 0_i64,
        };
        let collections = self.fixed_collections()?;
        match with_timeout(collections.tenant_usage.insert_one(record)).await {
            // A concurrent count won, with the same result.
            Ok(_) | Err(MongoError::Duplicate) => {}
            Err(error) => return Err(error.into()),
        }
        if self.is_being_deleted(tenant.organization()).await? {
            self.remove_record(tenant.organization()).await?;
            return Err(TenantError::Moved);
        }
        Ok(())
    }

    /// Reads all documents. An unreadable document counts with size zero.
    pub(super) async fn count(&self, collection: &CollectionRef<'_>) -> Result<Usage, TenantError> {
        let mut usage = Usage::default();
        for range in collection.range_filters(None) {
            usage = usage.plus(self.count_range(collection, range).await?);
        }
        Ok(usage)
    }

    async fn count_range(
        &self,
        collection: &CollectionRef<'_>,
        mut filter: Fields,
    ) -> Result<Usage, TenantError> {
        let mut usage = Usage::default();
        loop {
            let batch = self.find(collection, filter.clone(), BATCH).await?;
            let Some(last) = batch.last().and_then(|last| last.get("_id").cloned()) else {
                return Ok(usage);
            };
            if let Ok(range) = filter.get_document_mut("_id") {
                range.remove("$gte");
                range.insert("$gt", last);
            }
            let documents = batch.into_iter().filter_map(|fields| collection.decode(fields).ok());
            usage =
                documents.map(|document: Document| Usage::of(&document)).fold(usage, Usage::plus);
        }
    }

    /// The usage of `tenant` at this placement, if its organization is in use at another one; none
    /// otherwise.
    pub(in crate::tenant_store) async fn orphaned_usage(
        &self,
        tenant: &Tenant,
    ) -> Result<Option<UsageDelta>, StoreError> {
        if !self.is_placed_elsewhere(tenant).await? {
            return Ok(None);
        }
        match self.count(&CollectionRef::of(tenant)).await {
            Ok(usage) => Ok(Some(UsageDelta::of(usage))),
            Err(TenantError::Store(error)) => Err(error),
            // The collection does not exist.
            Err(_) => Ok(Some(UsageDelta::default())),
        }
    }

    /// Removes the record of `tenant`; if its organization is in use elsewhere, only subtracts
    /// `orphaned`.
    pub(in crate::tenant_store) async fn remove_usage(
        &self,
        tenant: &Tenant,
        orphaned: Option<UsageDelta>,
    ) -> Result<(), StoreError> {
        if let Some(orphaned) = orphaned {
            self.release(tenant, orphaned).await;
            return Ok(());
        }
        self.remove_record(tenant.organization()).await?;
        self.usage_state.forget(tenant.organization());
        Ok(())
    }

    async fn remove_record(&self, organization: &OrganizationId) -> Result<(), MongoError> {
        let collections = self.fixed_collections()?;
        let records = &collections.tenant_usage;
        retry_once(|| records.delete_one(doc! { "_id": organization.as_str() })).await.map(drop)
    }

    async fn is_placed_elsewhere(&self, tenant: &Tenant) -> Result<bool, MongoError> {
        let this_placement = match tenant.placement() {
            Placement::Collection { name, .. } => doc! { "placement.name": name.as_str() },
            Placement::Shared => doc! { "placement.kind": "shared" },
        };
        let placed_elsewhere = doc! {
            "_id": tenant.organization().as_str(),
            "phase.kind": { "$nin": ["deleting", "deleted"] },
            "$nor": [this_placement],
        };
        self.has_organization(&placed_elsewhere).await
    }

    async fn is_being_deleted(&self, organization: &OrganizationId) -> Result<bool, MongoError> {
        let being_deleted = doc! {
            "_id": organization.as_str(),
            "phase.kind": { "$in": ["deleting", "deleted"] },
        };
        self.has_organization(&being_deleted).await
    }
}
