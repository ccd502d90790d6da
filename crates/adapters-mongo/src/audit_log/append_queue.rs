//! Coalesces concurrent appends of a process into one insert ([`crate::group_commit`]).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::model::{AuditEvent, Trail};
use domain::ports::StoreError;
use tokio::sync::oneshot;

use super::chain_heads::ChainHeadCache;
use crate::group_commit::{OperationQueues, ServedQueue};
use crate::mongo_error::shared;
use crate::store::MongoStore;

/// Maximum number of events per insert, unless one caller has more.
const BATCH: usize = 1000;
/// Pause between two log messages about trails that can't be continued.
const WARNING_INTERVAL: Duration = Duration::from_secs(60);

/// State of a process for audit trails: cached chain heads and queued appends.
#[derive(Default)]
pub(crate) struct AuditState {
    pub(super) heads: ChainHeadCache,
    /// One queue for all trails.
    appends: Arc<OperationQueues<(), QueuedAppend>>,
    /// Time of the last log message about a trail that can't be continued.
    last_warning: Mutex<Option<Instant>>,
}

struct QueuedAppend {
    events: Vec<AuditEvent>,
    /// The caller may have been dropped; its events are appended nevertheless.
    result: oneshot::Sender<AppendFailures>,
}

/// The trails that could not be continued, with the errors.
#[derive(Clone, Default)]
pub(crate) struct AppendFailures(Vec<(Trail, Arc<StoreError>)>);

impl AppendFailures {
    pub(super) fn add(&mut self, trail: Trail, error: StoreError) {
        self.add_shared(trail, Arc::new(error));
    }

    pub(super) fn add_shared(&mut self, trail: Trail, error: Arc<StoreError>) {
        self.0.push((trail, error));
    }

    /// Whether one of `events` belongs to a trail that could not be continued.
    pub(super) fn affect(&self, events: &[AuditEvent]) -> bool {
        self.0.iter().any(|(trail, _)| events.iter().any(|event| event.trail == *trail))
    }

    /// The failures of the trails of `events`.
    fn of(&self, events: &[AuditEvent]) -> Self {
        let concerned = |(trail, _): &&(Trail, _)| events.iter().any(|event| event.trail == *trail);
        Self(self.0.iter().filter(concerned).cloned().collect())
    }

    /// The errors of all trails.
    pub(super) fn into_errors(self) -> impl Iterator<Item = StoreError> {
        self.0.into_iter().map(|(_, error)| shared(error))
    }

    /// The first failure, if there is one.
    pub(super) fn into_first(self) -> Result<(), StoreError> {
        self.into_errors().next().map_or(Ok(()), Err)
    }
}

impl AuditState {
    /// Whether a log message about a trail that can't be continued is due: once a minute, however
    /// often it is tried.
    pub(super) fn warning_is_due(&self) -> bool {
        let mut last = self.last_warning.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= WARNING_INTERVAL);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

impl MongoStore {
    /// Appends `events` together with other queued ones. Completes even if the caller is dropped.
    pub(super) async fn enqueue_append(
        &self,
        events: Vec<AuditEvent>,
    ) -> Result<AppendFailures, StoreError> {
        self.connection()?;
        let (result, received) = oneshot::channel();
        if let Some(queue) = self.audit_state.appends.push(&(), QueuedAppend { events, result })? {
            tokio::spawn(serve(self.clone(), queue));
        }
        received.await.map_err(StoreError::unavailable)
    }
}

async fn serve(store: MongoStore, mut queue: ServedQueue<(), QueuedAppend>) {
    while let Some(appends) = queue.next(BATCH, |append| append.events.len()) {
        let events = appends.iter().flat_map(|append| append.events.iter().cloned());
        let failures = store.append_to_trails(events).await;
        for append in appends {
            // A dropped caller does not need the result.
            let _ = append.result.send(failures.of(&append.events));
        }
    }
}
