//! Group commit of usage updates: while one update of an organization's record is in progress,
//! further ones of this process queue up and are combined into the next one. Otherwise they would
//! conflict with each other.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::model::{Excess, OrganizationId, Tenant};
use domain::ports::{StoreError, TenantError};
use quick_cache::sync::Cache;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::recount::RecountTimes;
use super::updates::{UsageBatch, UsageUpdate};
use crate::call::CALL_TIMEOUT;
use crate::mongo_error::shared;
use crate::store::MongoStore;

/// Number of organizations that are remembered to have a record: about 1 MB.
const CAPACITY: usize = 10_000;
/// Maximum number of queued updates of one organization.
const WAITING: usize = 10_000;
/// Maximum attempts of an update on write conflicts.
const ATTEMPTS: usize = 30;

/// The known usage records of this process, and the queued updates.
pub(crate) struct UsageState {
    /// The queued updates; an entry exists while a task serves the queue.
    queues: Mutex<HashMap<OrganizationId, Vec<QueuedUpdate>>>,
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
            queues: Mutex::default(),
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

    /// Adds `update`; returns whether the caller has to start a task that serves the queue.
    ///
    /// # Errors
    /// When the queue is full.
    fn push(&self, update: QueuedUpdate) -> Result<bool, StoreError> {
        match self.lock().entry(update.tenant.organization().clone()) {
            Entry::Vacant(entry) => {
                entry.insert(vec![update]);
                Ok(true)
            }
            Entry::Occupied(entry) if entry.get().len() >= WAITING => {
                Err(StoreError::unavailable("too many queued writes of one organization"))
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push(update);
                Ok(false)
            }
        }
    }

    /// The queued updates; if there are none, the queue is no longer served.
    fn next(&self, organization: &OrganizationId) -> Option<Vec<QueuedUpdate>> {
        let mut queues = self.lock();
        let waiting = std::mem::take(queues.get_mut(organization)?);
        if waiting.is_empty() {
            queues.remove(organization);
        }
        (!waiting.is_empty()).then_some(waiting)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, Vec<QueuedUpdate>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
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

/// Serves a queue until it is empty. When it is dropped early, because its runtime ends, the
/// waiting callers get an error.
struct Service {
    usage_state: Arc<UsageState>,
    organization: OrganizationId,
    is_over: bool,
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.is_over {
            self.usage_state.lock().remove(&self.organization);
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
        if self.usage_state.push(QueuedUpdate { tenant: tenant.clone(), update, outcome })? {
            let (usage_state, organization) =
                (Arc::clone(&self.usage_state), tenant.organization());
            let service =
                Service { usage_state, organization: organization.clone(), is_over: false };
            tokio::spawn(serve(self.clone(), service));
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
        let batch = UsageBatch::of(updates.iter().map(|update| &update.update));
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

async fn serve(store: MongoStore, mut service: Service) {
    while let Some(updates) = service.usage_state.next(&service.organization) {
        let outcomes = match store.apply_batch(&updates).await {
            Ok(outcomes) => {
                if !service.usage_state.has_record(&service.organization) {
                    service.usage_state.with_record.insert(service.organization.clone(), ());
                }
                outcomes
            }
            Err(error) => vec![UpdateOutcome::from(error); updates.len()],
        };
        for (update, outcome) in updates.into_iter().zip(outcomes) {
            if let Some(unused) = update.respond(outcome) {
                // If the queue is full, it stays counted.
                let _ = service.usage_state.push(unused);
            }
        }
    }
    service.is_over = true;
}
