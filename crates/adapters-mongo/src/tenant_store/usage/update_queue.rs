//! Combines concurrent usage updates of an organization in this process
//! ([`crate::group_commit`]).

use std::sync::Arc;

use domain::model::{Excess, OrganizationId, Tenant};
use domain::ports::{StoreError, TenantError};
use quick_cache::sync::Cache;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::recount::RecountTimes;
use super::updates::{UsageBatch, UsageUpdate};
use crate::call::CALL_TIMEOUT;
use crate::group_commit::{OperationQueues, ServedQueue};
use crate::mongo_error::shared;
use crate::store::MongoStore;

/// Number of organizations that are remembered to have a record: about 1 MB.
const CAPACITY: usize = 10_000;
/// Maximum attempts of an update on write conflicts.
const ATTEMPTS: usize = 30;

/// The known usage records of this process, and the queued updates.
pub(crate) struct UsageState {
    updates: Arc<OperationQueues<OrganizationId, QueuedUpdate>>,
    /// Organizations with a record. It is removed with the organization only.
    with_record: Cache<OrganizationId, ()>,
    pub(super) recounts: RecountTimes,
}

struct QueuedUpdate {
    tenant: Tenant,
    update: UsageUpdate,
    outcome: oneshot::Sender<UpdateOutcome>,
}

#[derive(Clone)]
enum UpdateOutcome {
    Applied,
    Full(Excess),
    Moved,
    Failed(Arc<StoreError>),
}

impl Default for UsageState {
    fn default() -> Self {
        Self {
            updates: Arc::default(),
            with_record: Cache::new(CAPACITY),
            recounts: RecountTimes::default(),
        }
    }
}

impl UsageState {
    pub(super) fn has_record(&self, organization: &OrganizationId) -> bool {
        self.with_record.get(organization).is_some()
    }

    pub(super) fn forget(&self, organization: &OrganizationId) {
        self.with_record.remove(organization);
    }
}

impl UpdateOutcome {
    fn into_result(self) -> Result<(), TenantError> {
        match self {
            Self::Applied => Ok(()),
            Self::Full(excess) => Err(TenantError::Full(excess)),
            Self::Moved => Err(TenantError::Moved),
            Self::Failed(error) => Err(TenantError::Store(shared(error))),
        }
    }
}

impl From<TenantError> for UpdateOutcome {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::Full(excess) => Self::Full(excess),
            TenantError::Moved => Self::Moved,
            TenantError::Store(error) => Self::Failed(Arc::new(error)),
            TenantError::Exists | TenantError::PositionTooLarge(_) => {
                Self::Failed(Arc::new(StoreError::unavailable(error)))
            }
        }
    }
}

impl MongoStore {
    /// Applies an update, combined with others.
    pub(super) async fn update_usage(
        &self,
        tenant: &Tenant,
        update: UsageUpdate,
    ) -> Result<(), TenantError> {
        self.connection()?;
        let (outcome, received) = oneshot::channel();
        let organization = tenant.organization();
        let update = QueuedUpdate { tenant: tenant.clone(), update, outcome };
        if let Some(queue) = self.usage_state.updates.push(organization, update)? {
            tokio::spawn(serve(self.clone(), organization.clone(), queue));
        }
        // Other updates may be in progress first.
        match timeout(2 * CALL_TIMEOUT, received).await {
            Ok(Ok(outcome)) => outcome.into_result(),
            Ok(Err(closed)) => Err(StoreError::unavailable(closed).into()),
            Err(elapsed) => Err(StoreError::unavailable(elapsed).into()),
        }
    }

    async fn apply_batch(
        &self,
        updates: &[QueuedUpdate],
    ) -> Result<Vec<UpdateOutcome>, TenantError> {
        let all_applied = || vec![UpdateOutcome::Applied; updates.len()];
        let Some(QueuedUpdate { tenant, .. }) = updates.first() else { return Ok(Vec::new()) };
        let organization = tenant.organization();
        let batch = UsageBatch::of(updates.iter().map(|queued| &queued.update));
        if batch.is_change() && self.update_record(organization, &batch).await? {
            return Ok(all_applied());
        }
        for _ in 0..ATTEMPTS {
            let Some(record) = self.usage_record(organization).await? else {
                if updates.iter().all(QueuedUpdate::is_release) {
                    // The record was removed with its documents.
                    return Ok(all_applied());
                }
                self.create_record(tenant).await?;
                continue;
            };
            let (mut batch, mut outcomes) =
                (UsageBatch::default(), Vec::with_capacity(updates.len()));
            for QueuedUpdate { update, .. } in updates {
                outcomes.push(match update.check(batch.after(record.counted)) {
                    Ok(()) => {
                        batch.add(update);
                        UpdateOutcome::Applied
                    }
                    Err(excess) => UpdateOutcome::Full(excess),
                });
            }
            if !batch.is_change() || self.update_record(organization, &batch).await? {
                return Ok(outcomes);
            }
        }
        Err(StoreError::unavailable("too many concurrent updates of the usage record").into())
    }
}

impl QueuedUpdate {
    fn is_release(&self) -> bool {
        !self.update.change.is_zero() && self.update.change.positive_part().is_zero()
    }

    /// Sends the outcome to the caller. Returns the compensating update for a reservation whose
    /// caller is gone.
    fn respond(self, outcome: UpdateOutcome) -> Option<Self> {
        let is_applied = matches!(outcome, UpdateOutcome::Applied);
        let is_lost = self.outcome.send(outcome).is_err();
        let growth = self.update.change.positive_part();
        (is_applied && is_lost && !growth.is_zero()).then(|| {
            let (outcome, _) = oneshot::channel();
            Self { tenant: self.tenant, update: UsageUpdate::releasing(growth), outcome }
        })
    }
}

async fn serve(
    store: MongoStore,
    organization: OrganizationId,
    mut queue: ServedQueue<OrganizationId, QueuedUpdate>,
) {
    let state = &store.usage_state;
    while let Some(updates) = queue.next(usize::MAX, |_| 1) {
        let outcomes = match store.apply_batch(&updates).await {
            Ok(outcomes) => {
                if !state.has_record(&organization) {
                    state.with_record.insert(organization.clone(), ());
                }
                outcomes
            }
            Err(error) => vec![UpdateOutcome::from(error); updates.len()],
        };
        for (queued, outcome) in updates.into_iter().zip(outcomes) {
            if let Some(unused) = queued.respond(outcome) {
                // If the queue is full, it stays counted.
                let _ = state.updates.push(&organization, unused);
            }
        }
    }
}
