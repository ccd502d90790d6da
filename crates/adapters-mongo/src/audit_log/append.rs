//! Append: links each event to its predecessor, and inserts them until one is refused.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bson::{Document, doc};
use domain::model::{AuditEvent, ChainHead, Trail};
use domain::ports::StoreError;
use futures_util::{StreamExt, stream};
use mongodb::error::{Error, ErrorKind};
use tokio::time::timeout;

use super::append_queue::AppendFailures;
use super::chain_heads::or_start;
use super::event_document::{key, to_stored};
use crate::call::{CALL_TIMEOUT, MAX_TIME, collect};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// Maximum reads of a trail's end when other processes append to it concurrently.
const ATTEMPTS: usize = 30;
/// Number of concurrent lookups of chain heads.
const CONCURRENT_LOOKUPS: usize = 16;

/// The events to append to one trail.
struct TrailAppend {
    events: VecDeque<AuditEvent>,
    /// The assumed chain head.
    head: Option<ChainHead>,
    /// How often the assumption was wrong.
    refusals: usize,
}

type TrailAppends = BTreeMap<Trail, TrailAppend>;

/// A linked event with its position.
struct Linked {
    head: ChainHead,
    document: Document,
}

/// Progress of an insert.
enum Inserted {
    All,
    /// The number of inserted events, and the failure of the next one.
    Until(usize, MongoError),
}

impl MongoStore {
    /// Appends `events`, each to its trail. The failure of one trail does not affect others.
    pub(super) async fn append_to_trails(
        &self,
        events: impl Iterator<Item = AuditEvent>,
    ) -> AppendFailures {
        let (mut appends, mut failures) = (by_trail(events), AppendFailures::default());
        let (deadline, mut was_interrupted) = (Instant::now() + 3 * CALL_TIMEOUT, false);
        while !appends.is_empty() {
            let result = self.append_round(&mut appends, &mut failures, was_interrupted).await;
            let failed = match result {
                // The outcome is unknown, and a repetition is safe.
                Err(MongoError::Interrupted(_)) if !was_interrupted => {
                    was_interrupted = true;
                    appends.values_mut().for_each(TrailAppend::refuse);
                    continue;
                }
                Err(error) => StoreError::from(error),
                Ok(()) if Instant::now() < deadline => continue,
                Ok(()) => StoreError::unavailable("too many concurrent appends to audit trails"),
            };
            let failed = Arc::new(failed);
            for (trail, _) in std::mem::take(&mut appends) {
                self.audit_state.heads.remove(&trail);
                failures.add_shared(trail, Arc::clone(&failed));
            }
        }
        failures
    }

    /// Inserts as many events of `appends` as possible, and leaves the rest.
    async fn append_round(
        &self,
        appends: &mut TrailAppends,
        failures: &mut AppendFailures,
        was_interrupted: bool,
    ) -> Result<(), MongoError> {
        if was_interrupted || appends.values().any(|append| append.refusals > 0) {
            self.drop_logged(appends).await?;
        }
        self.find_heads(appends, failures).await?;
        let linked = link_events(appends, failures);
        let documents: Vec<&Document> = linked.iter().map(|linked| &linked.document).collect();
        if documents.is_empty() {
            return Ok(());
        }
        let (count, error) = match self.insert_in_order(&documents).await? {
            Inserted::All => (linked.len(), None),
            Inserted::Until(count, error) => (count, Some(error)),
        };
        for Linked { head, .. } in linked.iter().take(count) {
            self.audit_state.heads.insert(head);
            if let Some(append) = appends.get_mut(&head.trail) {
                append.events.pop_front();
                append.head = Some(head.clone());
            }
        }
        appends.retain(|_, append| !append.events.is_empty());
        if let (Some(error), Some(refused)) = (error, linked.into_iter().nth(count)) {
            self.refuse(appends, failures, refused.head.trail, error);
        }
        Ok(())
    }

    /// One insert for all trails: it ends with the first refusal, so that no event is stored
    /// without its predecessor.
    async fn insert_in_order(&self, documents: &[&Document]) -> Result<Inserted, MongoError> {
        let collections = self.fixed_collections()?;
        let events = &collections.audit_events;
        let insert = events.insert_many(documents.iter().copied()).ordered(true);
        match timeout(CALL_TIMEOUT, insert.into_future()).await {
            Ok(Ok(_)) => Ok(Inserted::All),
            Ok(Err(error)) => insert_progress(error),
            Err(elapsed) => Err(MongoError::Unavailable(elapsed.into())),
        }
    }

    /// Handles the refusal of an event of `trail`.
    fn refuse(
        &self,
        appends: &mut TrailAppends,
        failures: &mut AppendFailures,
        trail: Trail,
        error: MongoError,
    ) {
        self.audit_state.heads.remove(&trail);
        let Some(append) = appends.get_mut(&trail) else { return };
        append.refuse();
        let is_final = append.refusals > ATTEMPTS || !matches!(error, MongoError::Duplicate);
        if is_final {
            appends.remove(&trail);
            failures.add(trail, error.into());
        }
    }

    /// Looks up the unknown chain heads of `appends`. After a refusal, the conflicting event must
    /// be durable before its successor is linked to it.
    async fn find_heads(
        &self,
        appends: &mut TrailAppends,
        failures: &mut AppendFailures,
    ) -> Result<(), MongoError> {
        let look_up = |(trail, append): (&Trail, &mut TrailAppend)| {
            let (trail, refusals, known) = (trail.clone(), append.refusals, append.head.is_some());
            async move {
                let head = match self.audit_state.heads.get(&trail).filter(|_| refusals == 0) {
                    _ if known => return None,
                    Some(cached) => Ok(Some(cached)),
                    None if refusals == 0 => {
                        self.read_after_election(|_| self.stored_head(&trail, None)).await
                    }
                    None => self.stored_head(&trail, Some(self.features.latest_concern())).await,
                };
                Some((trail, head))
            }
        };
        let lookups: Vec<_> = appends.iter_mut().map(look_up).collect();
        let found: Vec<_> =
            stream::iter(lookups).buffer_unordered(CONCURRENT_LOOKUPS).collect().await;
        for (trail, head) in found.into_iter().flatten() {
            match head {
                Ok(head) => {
                    let head = or_start(head, &trail);
                    if let Some(append) = appends.get_mut(&trail) {
                        append.head = Some(head);
                    }
                }
                Err(StoreError::Unavailable(cause)) => return Err(MongoError::Interrupted(cause)),
                Err(error) => {
                    appends.remove(&trail);
                    failures.add(trail, error);
                }
            }
        }
        Ok(())
    }

    /// Drops events that are durably in the log. If another process appended them, the chain head
    /// has changed, too.
    async fn drop_logged(&self, appends: &mut TrailAppends) -> Result<(), MongoError> {
        let keys: Vec<String> =
            appends.iter().flat_map(|(trail, append)| append.keys(trail)).collect();
        let collections = self.fixed_collections()?;
        let find = collections.audit_events.find(doc! { "_id": { "$in": &keys } });
        // All in one response.
        let size = u32::try_from(keys.len() + 1).unwrap_or(u32::MAX);
        let find = find.projection(doc! { "_id": 1 }).batch_size(size).max_time(MAX_TIME);
        let find = find.read_concern(self.features.latest_concern());
        let found: Vec<Document> = collect(find).await?;
        let known: HashSet<&str> = found.iter().filter_map(|it| it.get_str("_id").ok()).collect();
        for (trail, append) in appends.iter_mut() {
            let before = append.events.len();
            append.events.retain(|event| !known.contains(&*key(trail, event.id.as_str())));
            if append.events.len() < before {
                self.audit_state.heads.remove(trail);
                append.head = None;
            }
        }
        appends.retain(|_, append| !append.events.is_empty());
        Ok(())
    }
}

impl TrailAppend {
    fn refuse(&mut self) {
        self.head = None;
        self.refusals += 1;
    }

    fn keys(&self, trail: &Trail) -> impl Iterator<Item = String> {
        self.events.iter().map(|event| key(trail, event.id.as_str()))
    }
}

/// The events of each trail, without duplicates, in their original order.
fn by_trail(events: impl Iterator<Item = AuditEvent>) -> TrailAppends {
    let (mut appends, mut seen) = (TrailAppends::new(), HashSet::new());
    for event in events.filter(|event| seen.insert(key(&event.trail, event.id.as_str()))) {
        let new = || TrailAppend { events: VecDeque::new(), head: None, refusals: 0 };
        appends.entry(event.trail.clone()).or_insert_with(new).events.push_back(event);
    }
    appends
}

/// Links the events of each trail, and assigns their positions.
fn link_events(appends: &mut TrailAppends, failures: &mut AppendFailures) -> Vec<Linked> {
    let (mut linked, mut failed) = (Vec::new(), Vec::new());
    for (trail, append) in appends.iter() {
        let Some(mut head) = append.head.clone() else { continue };
        let link_one = |event: &AuditEvent| {
            let logged = head.push(event);
            let document = to_stored(trail, head.seq, &logged)?;
            Ok(Linked { head: head.clone(), document })
        };
        match append.events.iter().map(link_one).collect::<Result<Vec<_>, StoreError>>() {
            Ok(events) => linked.extend(events),
            Err(error) => failed.push((trail.clone(), error)),
        }
    }
    for (trail, error) in failed {
        appends.remove(&trail);
        failures.add(trail, error);
    }
    linked
}

/// The progress of a failed insert. The events before the first refusal are durable only if the
/// server reports no write concern error.
fn insert_progress(error: Error) -> Result<Inserted, MongoError> {
    let stop = match error.kind.as_ref() {
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let first = many.write_errors.iter().flatten().next();
            first.map(|first| (first.index, first.code))
        }
        ErrorKind::InsertMany(many) => {
            let code = many.write_concern_error.as_ref().map_or(0, |error| error.code);
            return Err(MongoError::from_code(code, error));
        }
        _ => None,
    };
    match stop.map(|(index, code)| {
        (index, MongoError::from_code(code, format!("refused with code {code}")))
    }) {
        Some((_, MongoError::Interrupted(_))) | None => Err(error.into()),
        Some((index, error)) => Ok(Inserted::Until(index, error)),
    }
}
