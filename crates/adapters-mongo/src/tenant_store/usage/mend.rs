//! Repair of leaked reservations. What a process reserved and could not write or release before it
//! ended stays counted. It would cause refusals for ever, so a refusal triggers a recount of the
//! documents in the background, which corrects the record.
//!
//! Concurrent writes continue: a reservation whose document the count missed must not be lost, and
//! a delete must not be subtracted twice. So the record has to stay unchanged from [`QUIET`] before
//! the count until [`QUIET`] after it. A process that reserved before that has written, or never
//! will, when the count begins; and a process that removed something during the count has released
//! it by the end, which changes the record. An organization that has reached its quota and waits
//! for space is that quiet.

use std::time::{Duration, Instant};

use bson::doc;
use domain::model::{OrganizationId, Tenant};
use domain::ports::{Causes, TenantError};
use quick_cache::sync::Cache;
use tokio::time::sleep;

use super::asks::UsageDelta;
use super::count::Record;
use crate::call::{CALL, bounded};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;
use crate::tenant_store::place::Place;

/// Far longer than the time from a reservation to its last release: a few calls.
const QUIET: Duration = CALL.saturating_mul(20);
/// Minimum time between two recounts of an organization.
const PAUSE: Duration = Duration::from_secs(10 * 60);
/// Maximum number of remembered recounts.
const CAPACITY: usize = 1000;

/// Time of the last recount of each organization.
pub(super) struct Mends(Cache<OrganizationId, Instant>);

impl Default for Mends {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Mends {
    /// Whether a recount of `organization` is due; the caller that gets true must run it.
    fn is_due(&self, organization: &OrganizationId) -> bool {
        let is_due = self.0.get(organization).is_none_or(|last| last.elapsed() >= PAUSE);
        if is_due {
            self.0.insert(organization.clone(), Instant::now());
        }
        is_due
    }
}

impl MongoStore {
    /// Starts a recount of the documents of `tenant` in the background, unless one was started
    /// recently. Nothing is lost when the process ends meanwhile.
    pub(super) fn mend_soon(&self, tenant: &Tenant) {
        if !self.counters.mends.is_due(tenant.organization()) {
            return;
        }
        let (store, tenant) = (self.clone(), tenant.clone());
        tokio::spawn(async move {
            if let Err(error) = store.mend(&tenant, QUIET).await {
                let organization = tenant.organization();
                tracing::warn!(%organization, error = %Causes(&error), "storage usage recount failed");
            }
        });
    }

    /// Corrects the record if it does not change from `quiet` before the count until `quiet` after
    /// it. Returns whether the record is correct.
    pub(in crate::tenant_store) async fn mend(
        &self,
        tenant: &Tenant,
        quiet: Duration,
    ) -> Result<bool, TenantError> {
        let organization = tenant.organization();
        let Some(before) = self.record(organization).await? else { return Ok(true) };
        if before.exact_at == before.changes {
            return Ok(true);
        }
        sleep(quiet).await;
        // The count sees what a majority has, which has to be everything.
        if self.settled_record(organization).await? != Some(before) {
            return Ok(false);
        }
        let counted = UsageDelta::of(self.count(&Place::of(tenant)).await?);
        sleep(quiet).await;
        Ok(self.put_right(organization, before, counted).await?)
    }

    /// Writes the counted usage, unless the record has changed since `before`.
    async fn put_right(
        &self,
        organization: &OrganizationId,
        before: Record,
        counted: UsageDelta,
    ) -> Result<bool, MongoError> {
        let (UsageDelta { documents, bytes }, next) = (counted, before.changes + 1);
        let right =
            doc! { "documents": documents, "bytes": bytes, "changes": next, "exact_at": next };
        let unchanged = doc! { "_id": organization.as_str(), "changes": before.changes };
        let link = self.link()?;
        let update = link.collections.tenant_usage.update_one(unchanged, doc! { "$set": right });
        Ok(bounded(update).await?.matched_count > 0)
    }
}

#[cfg(test)]
mod tests {
    use domain::model::Usage;
    use domain::ports::TenantStore;
    use port_contracts::fixtures::{document, limited, sharer};
    use serde_json::json;

    use super::*;
    use crate::tests::fresh;

    #[tokio::test]
    async fn what_a_process_that_ended_reserved_refuses_nothing_for_ever() {
        let (store, _database) = fresh().await;
        let (tenant, x) = (limited(&sharer("a"), 2, 0), document("x", json!({})));
        TenantStore::insert(&store, &tenant, &x, None).await.unwrap();
        store.reserve(&tenant, UsageDelta::of(Usage::of_size(99))).await.unwrap();
        let next = store.begun_anew();
        let y = document("y", json!({}));
        TenantStore::insert(&next, &tenant, &y, None).await.unwrap_err();
        assert!(next.mend(&tenant, Duration::ZERO).await.unwrap());
        assert_eq!(next.usage(&tenant).await.unwrap(), Usage::of(&x));
        TenantStore::insert(&next, &tenant, &y, None).await.unwrap();
    }

    #[tokio::test]
    async fn what_others_reserve_meanwhile_is_not_lost() {
        let (store, _database) = fresh().await;
        let (tenant, x) = (sharer("a"), document("x", json!({})));
        TenantStore::insert(&store, &tenant, &x, None).await.unwrap();
        let before = store.record(tenant.organization()).await.unwrap().unwrap();
        let growth = UsageDelta::of(Usage::of_size(9));
        store.reserve(&tenant, growth).await.unwrap();
        // Releasing as much as it reserves still counts as a change.
        store.give_back(&tenant, growth).await;
        let wrong = UsageDelta::default();
        assert!(!store.put_right(tenant.organization(), before, wrong).await.unwrap());
        assert_eq!(store.usage(&tenant).await.unwrap(), Usage::of(&x));
    }

    #[tokio::test]
    async fn an_organization_is_not_counted_again_and_again() {
        let (store, _database) = fresh().await;
        let id = sharer("a").organization().clone();
        assert!(store.counters.mends.is_due(&id));
        assert!(!store.counters.mends.is_due(&id));
    }
}
