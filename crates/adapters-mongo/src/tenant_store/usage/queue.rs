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

use super::asks::{UsageBatch, UsageUpdate};
use super::mend::Mends;
use crate::call::CALL;
use crate::mongo_error::shared;
use crate::store::MongoStore;

/// Number of organizations that are remembered to have a record: about 1 MB.
const CAPACITY: usize = 10_000;
/// Maximum number of queued updates of one organization.
const WAITING: usize = 10_000;
/// Maximum attempts of an update on write conflicts.
const ATTEMPTS: usize = 30;

/// The known usage records of this process, and the queued updates.
pub(crate) struct Counters {
    /// The queued updates; an entry exists while a task serves the queue.
    queues: Mutex<HashMap<OrganizationId, Vec<Caller>>>,
    /// Organizations with a record. It is removed with the organization only.
    known: Cache<OrganizationId, ()>,
    pub(super) mends: Mends,
}

struct Caller {
    tenant: Tenant,
    ask: UsageUpdate,
    answer: oneshot::Sender<Answer>,
}

#[derive(Clone)]
enum Answer {
    Done,
    Full(Excess),
    Moved,
    Failed(Arc<StoreError>),
}

impl Default for Counters {
    fn default() -> Self {
        Self { queues: Mutex::default(), known: Cache::new(CAPACITY), mends: Mends::default() }
    }
}

impl Counters {
    pub(super) fn knows(&self, organization: &OrganizationId) -> bool {
        self.known.get(organization).is_some()
    }

    pub(super) fn forget(&self, organization: &OrganizationId) {
        self.known.remove(organization);
    }

    /// Adds `caller`; returns whether the caller has to start a task that serves the queue.
    ///
    /// # Errors
    /// When the queue is full.
    fn push(&self, caller: Caller) -> Result<bool, StoreError> {
        match self.lock().entry(caller.tenant.organization().clone()) {
            Entry::Vacant(entry) => {
                entry.insert(vec![caller]);
                Ok(true)
            }
            Entry::Occupied(entry) if entry.get().len() >= WAITING => {
                Err(StoreError::unavailable("too many queued writes of one organization"))
            }
            Entry::Occupied(mut entry) => {
                entry.get_mut().push(caller);
                Ok(false)
            }
        }
    }

    /// The queued updates; if there are none, the queue is no longer served.
    fn next(&self, organization: &OrganizationId) -> Option<Vec<Caller>> {
        let mut queues = self.lock();
        let waiting = std::mem::take(queues.get_mut(organization)?);
        if waiting.is_empty() {
            queues.remove(organization);
        }
        (!waiting.is_empty()).then_some(waiting)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OrganizationId, Vec<Caller>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answer {
    fn into_result(self) -> Result<(), TenantError> {
        match self {
            Self::Done => Ok(()),
            Self::Full(excess) => Err(TenantError::Full(excess)),
            Self::Moved => Err(TenantError::Moved),
            Self::Failed(error) => Err(TenantError::Store(shared(error))),
        }
    }
}

impl From<TenantError> for Answer {
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
    counters: Arc<Counters>,
    organization: OrganizationId,
    is_over: bool,
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.is_over {
            self.counters.lock().remove(&self.organization);
        }
    }
}

impl MongoStore {
    /// Applies an update, combined with others.
    pub(super) async fn ask(&self, tenant: &Tenant, ask: UsageUpdate) -> Result<(), TenantError> {
        self.link()?;
        let (answer, answered) = oneshot::channel();
        if self.counters.push(Caller { tenant: tenant.clone(), ask, answer })? {
            let (counters, organization) = (Arc::clone(&self.counters), tenant.organization());
            let service = Service { counters, organization: organization.clone(), is_over: false };
            tokio::spawn(serve(self.clone(), service));
        }
        // Other updates may be in progress first.
        match timeout(2 * CALL, answered).await {
            Ok(Ok(answer)) => answer.into_result(),
            Ok(Err(closed)) => Err(StoreError::unavailable(closed).into()),
            Err(elapsed) => Err(StoreError::unavailable(elapsed).into()),
        }
    }

    async fn do_together(&self, callers: &[Caller]) -> Result<Vec<Answer>, TenantError> {
        let all_done = || vec![Answer::Done; callers.len()];
        let Some(Caller { tenant, .. }) = callers.first() else { return Ok(Vec::new()) };
        let organization = tenant.organization();
        let sum = UsageBatch::of(callers.iter().map(|caller| &caller.ask));
        if sum.is_change() && self.change_record(organization, &sum).await? {
            return Ok(all_done());
        }
        for _ in 0..ATTEMPTS {
            let Some(record) = self.record(organization).await? else {
                if callers.iter().all(Caller::gives_back) {
                    // The record was removed with its documents.
                    return Ok(all_done());
                }
                self.begin_record(tenant).await?;
                continue;
            };
            let (mut sum, mut answers) = (UsageBatch::default(), Vec::with_capacity(callers.len()));
            for Caller { ask, .. } in callers {
                answers.push(match ask.check(sum.after(record.counted)) {
                    Ok(()) => {
                        sum.add(ask);
                        Answer::Done
                    }
                    Err(excess) => Answer::Full(excess),
                });
            }
            if !sum.is_change() || self.change_record(organization, &sum).await? {
                return Ok(answers);
            }
        }
        Err(StoreError::unavailable("too many concurrent updates of the usage record").into())
    }
}

impl Caller {
    fn gives_back(&self) -> bool {
        !self.ask.change.is_nothing() && self.ask.change.growing().is_nothing()
    }

    /// Sends the outcome to the caller. Returns the compensating update for a reservation whose
    /// caller is gone.
    fn tell(self, answer: Answer) -> Option<Self> {
        let is_done = matches!(answer, Answer::Done);
        let is_lost = self.answer.send(answer).is_err();
        let growth = self.ask.change.growing();
        (is_done && is_lost && !growth.is_nothing()).then(|| {
            let (answer, _) = oneshot::channel();
            Self { tenant: self.tenant, ask: UsageUpdate::giving_back(growth), answer }
        })
    }
}

async fn serve(store: MongoStore, mut service: Service) {
    while let Some(callers) = service.counters.next(&service.organization) {
        let answers = match store.do_together(&callers).await {
            Ok(answers) => {
                if !service.counters.knows(&service.organization) {
                    service.counters.known.insert(service.organization.clone(), ());
                }
                answers
            }
            Err(error) => vec![Answer::from(error); callers.len()],
        };
        for (caller, answer) in callers.into_iter().zip(answers) {
            if let Some(unused) = caller.tell(answer) {
                // If the queue is full, it stays counted.
                let _ = service.counters.push(unused);
            }
        }
    }
    service.is_over = true;
}
