//! Repair of leaked reservations. What a process reserved and could not write or release before it
//! ended stays counted. It would cause refusals for ever, so a refusal triggers a recount of the
//! documents in the background, which corrects the record.
//!
//! Concurrent writes continue: a reservation whose document the count missed must not be lost, and
//! a delete must not be subtracted twice. So the record has to stay unchanged from [`QUIET_PERIOD`]
//! before the count until [`QUIET_PERIOD`] after it. A process that reserved before that has
//! written, or never will, when the count begins; and a process that removed something during the
//! count has released it by the end, which changes the record. An organization that has reached its
//! quota and waits for space is that quiet.

use std::time::{Duration, Instant};

use bson::doc;
use domain::model::{OrganizationId, Tenant};
use domain::ports::{Causes, TenantError};
use quick_cache::sync::Cache;
use tokio::time::sleep;

use super::record::UsageRecord;
use super::updates::UsageDelta;
use crate::call::{CALL_TIMEOUT, with_timeout};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use crate::tenant_store::collection_ref::CollectionRef;

/// Far longer than the time from a reservation to its last release: a few calls.
const QUIET_PERIOD: Duration = CALL_TIMEOUT.saturating_mul(20);
/// Minimum time between two recounts of an organization.
const RECOUNT_INTERVAL: Duration = Duration::from_secs(10 * 60);
/// Maximum number of remembered recounts.
const CAPACITY: usize = 1000;

/// Time of the last recount of each organization.
pub(super) struct RecountTimes(Cache<OrganizationId, Instant>);

impl Default for RecountTimes {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl RecountTimes {
    /// Whether a recount of `organization` is due; the caller that gets true must run it.
    fn is_due(&self, organization: &OrganizationId) -> bool {
        let is_due = self.0.get(organization).is_none_or(|last| last.elapsed() >= RECOUNT_INTERVAL);
        if is_due {
            self.0.insert(organization.clone(), Instant::now());
        }
        is_due
    }
}

impl MongoStore {
    /// Starts a recount of the documents of `tenant` in the background, unless one was started
    /// recently. Nothing is lost when the process ends meanwhile.
    pub(super) fn start_recount(&self, tenant: &Tenant) {
        if !self.usage_state.recounts.is_due(tenant.organization()) {
            return;
        }
        let (store, tenant) = (self.clone(), tenant.clone());
        tokio::spawn(async move {
            if let Err(error) = store.recount(&tenant, QUIET_PERIOD).await {
                let organization = tenant.organization();
                tracing::warn!(%organization, error = %Causes(&error), "storage usage recount failed");
            }
        });
    }

    /// Corrects the record if it does not change from `quiet_period` before the count until as long
    /// after it. Returns whether the record is correct.
    pub(in crate::tenant_store) async fn recount(
        &self,
        tenant: &Tenant,
        quiet_period: Duration,
    ) -> Result<bool, TenantError> {
        let organization = tenant.organization();
        let Some(before) = self.usage_record(organization).await? else { return Ok(true) };
        if before.exact_at == before.changes {
            return Ok(true);
        }
        sleep(quiet_period).await;
        // The count sees what a majority has, which has to be everything.
        if self.durable_usage_record(organization).await? != Some(before) {
            return Ok(false);
        }
        let counted = UsageDelta::of(self.count(&CollectionRef::of(tenant)).await?);
        sleep(quiet_period).await;
        Ok(self.correct_record(organization, before, counted).await?)
    }

    /// Writes the counted usage, unless the record has changed since `before`.
    async fn correct_record(
        &self,
        organization: &OrganizationId,
        before: UsageRecord,
        counted: UsageDelta,
    ) -> Result<bool, MongoError> {
        let (UsageDelta { documents, bytes }, next) = (counted, before.changes + 1);
        let corrected =
            doc! { "documents": documents, "bytes": bytes, "changes": next, "exact_at": next };
        let unchanged = doc! { "_id": organization.as_str(), "changes": before.changes };
        let collections = self.fixed_collections()?;
        let update = collections.tenant_usage.update_one(unchanged, doc! { "$set": corrected });
        Ok(with_timeout(update).await?.matched_count > 0)
    }
}

#[cfg(test)]
mod tests {
    use domain::model::Usage;
    use domain::ports::TenantStore;
    use port_contracts::fixtures::{document, limited, sharer};
    use serde_json::json;

    use super::*;
    use crate::tests::new_store;

    #[tokio::test]
    async fn recount_releases_reservations_of_ended_processes() {
        let (store, _database) = new_store().await;
        let (tenant, x) = (limited(&sharer("a"), 2, 0), document("x", json!({})));
        TenantStore::insert(&store, &tenant, &x, None).await.unwrap();
        store.reserve(&tenant, UsageDelta::of(Usage::of_size(99))).await.unwrap();
        let next = store.with_cold_caches();
        let y = document("y", json!({}));
        TenantStore::insert(&next, &tenant, &y, None).await.unwrap_err();
        assert!(next.recount(&tenant, Duration::ZERO).await.unwrap());
        assert_eq!(next.usage(&tenant).await.unwrap(), Usage::of(&x));
        TenantStore::insert(&next, &tenant, &y, None).await.unwrap();
    }

    #[tokio::test]
    async fn recount_keeps_concurrent_reservations() {
        let (store, _database) = new_store().await;
        let (tenant, x) = (sharer("a"), document("x", json!({})));
        TenantStore::insert(&store, &tenant, &x, None).await.unwrap();
        let before = store.usage_record(tenant.organization()).await.unwrap().unwrap();
        let growth = UsageDelta::of(Usage::of_size(9));
        store.reserve(&tenant, growth).await.unwrap();
        // Releasing as much as it reserves still counts as a change.
        store.release(&tenant, growth).await;
        let wrong = UsageDelta::default();
        assert!(!store.correct_record(tenant.organization(), before, wrong).await.unwrap());
        assert_eq!(store.usage(&tenant).await.unwrap(), Usage::of(&x));
    }

    #[tokio::test]
    async fn recounts_of_an_organization_are_rate_limited() {
        let (store, _database) = new_store().await;
        let id = sharer("a").organization().clone();
        assert!(store.usage_state.recounts.is_due(&id));
        assert!(!store.usage_state.recounts.is_due(&id));
    }
}
