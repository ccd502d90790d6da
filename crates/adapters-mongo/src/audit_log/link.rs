//! Append: links each event to its predecessor, and inserts them until one is refused.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use bson::{Document, doc};
use domain::model::{AuditEvent, Head, Trail};
use domain::ports::StoreError;
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::error::{Error, ErrorKind};
use tokio::time::timeout;

use super::ends::or_start;
use super::queue::Failures;
use super::stored::{key, to_stored};
use crate::call::{CALL, WORK, bounded};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// Maximum reads of a trail's end when other processes append to it concurrently.
const ATTEMPTS: usize = 30;
/// Number of concurrent lookups of chain heads.
const LOOKUPS: usize = 16;

/// The events to append to one trail.
struct Line {
    events: VecDeque<AuditEvent>,
    /// The assumed chain head.
    end: Option<Head>,
    /// How often the assumption was wrong.
    refusals: usize,
}

type Lines = BTreeMap<Trail, Line>;

/// A linked event with its position.
struct Linked {
    end: Head,
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
    pub(super) async fn append_linked(&self, events: impl Iterator<Item = AuditEvent>) -> Failures {
        let (mut lines, mut failures) = (lines(events), Failures::default());
        let (deadline, mut was_interrupted) = (Instant::now() + 3 * CALL, false);
        while !lines.is_empty() {
            let round = self.round(&mut lines, &mut failures, was_interrupted).await;
            let failed = match round {
                // The outcome is unknown, and a repetition is safe.
                Err(MongoError::Interrupted(_)) if !was_interrupted => {
                    was_interrupted = true;
                    lines.values_mut().for_each(Line::refuse);
                    continue;
                }
                Err(fault) => StoreError::from(fault),
                Ok(()) if Instant::now() < deadline => continue,
                Ok(()) => StoreError::unavailable("too many concurrent appends to audit trails"),
            };
            let failed = Arc::new(failed);
            for (trail, _) in std::mem::take(&mut lines) {
                self.trails.ends.forget(&trail);
                failures.add_shared(trail, Arc::clone(&failed));
            }
        }
        failures
    }

    /// Inserts as many events of `lines` as possible, and leaves the rest.
    async fn round(
        &self,
        lines: &mut Lines,
        failures: &mut Failures,
        was_interrupted: bool,
    ) -> Result<(), MongoError> {
        if was_interrupted || lines.values().any(|line| line.refusals > 0) {
            self.drop_known(lines).await?;
        }
        self.find_ends(lines, failures).await?;
        let linked = link(lines, failures);
        let documents: Vec<&Document> = linked.iter().map(|linked| &linked.document).collect();
        if documents.is_empty() {
            return Ok(());
        }
        let (count, fault) = match self.insert_in_order(&documents).await? {
            Inserted::All => (linked.len(), None),
            Inserted::Until(count, fault) => (count, Some(fault)),
        };
        for Linked { end, .. } in linked.iter().take(count) {
            self.trails.ends.note(end);
            if let Some(line) = lines.get_mut(&end.trail) {
                line.events.pop_front();
                line.end = Some(end.clone());
            }
        }
        lines.retain(|_, line| !line.events.is_empty());
        if let (Some(fault), Some(refused)) = (fault, linked.into_iter().nth(count)) {
            self.refuse(lines, failures, refused.end.trail, fault);
        }
        Ok(())
    }

    /// One insert for all trails: it ends with the first refusal, so that no event is stored
    /// without its predecessor.
    async fn insert_in_order(&self, documents: &[&Document]) -> Result<Inserted, MongoError> {
        let link = self.link()?;
        let insert =
            link.collections.audit_events.insert_many(documents.iter().copied()).ordered(true);
        match timeout(CALL, insert.into_future()).await {
            Ok(Ok(_)) => Ok(Inserted::All),
            Ok(Err(error)) => stopped(error),
            Err(elapsed) => Err(MongoError::Unavailable(elapsed.into())),
        }
    }

    /// Handles the refusal of an event of `trail`.
    fn refuse(&self, lines: &mut Lines, failures: &mut Failures, trail: Trail, fault: MongoError) {
        self.trails.ends.forget(&trail);
        let Some(line) = lines.get_mut(&trail) else { return };
        line.refuse();
        let is_lost = line.refusals > ATTEMPTS || !matches!(fault, MongoError::Duplicate);
        if is_lost {
            lines.remove(&trail);
            failures.add(trail, fault.into());
        }
    }

    /// Looks up the unknown chain heads of the lines. After a refusal, the conflicting event must
    /// be durable before its successor is linked to it.
    async fn find_ends(
        &self,
        lines: &mut Lines,
        failures: &mut Failures,
    ) -> Result<(), MongoError> {
        let look = |(trail, line): (&Trail, &mut Line)| {
            let (trail, refusals, known) = (trail.clone(), line.refusals, line.end.is_some());
            async move {
                let end = match self.trails.ends.guess(&trail).filter(|_| refusals == 0) {
                    _ if known => return None,
                    Some(guess) => Ok(Some(guess)),
                    None if refusals == 0 => self.fresh(|| self.stored_end(&trail, None)).await,
                    None => self.stored_end(&trail, Some(self.abilities.latest())).await,
                };
                Some((trail, end))
            }
        };
        let looks: Vec<_> = lines.iter_mut().map(look).collect();
        let found: Vec<_> = stream::iter(looks).buffer_unordered(LOOKUPS).collect().await;
        for (trail, end) in found.into_iter().flatten() {
            match end {
                Ok(end) => {
                    let end = or_start(end, &trail);
                    if let Some(line) = lines.get_mut(&trail) {
                        line.end = Some(end);
                    }
                }
                Err(StoreError::Unavailable(cause)) => return Err(MongoError::Interrupted(cause)),
                Err(error) => {
                    lines.remove(&trail);
                    failures.add(trail, error);
                }
            }
        }
        Ok(())
    }

    /// Drops events that are durably in the log. If another process appended them, the chain head
    /// has changed, too.
    async fn drop_known(&self, lines: &mut Lines) -> Result<(), MongoError> {
        let keys: Vec<String> = lines.iter().flat_map(|(trail, line)| line.keys(trail)).collect();
        let link = self.link()?;
        let there = link.collections.audit_events.find(doc! { "_id": { "$in": &keys } });
        // All in one response.
        let size = u32::try_from(keys.len() + 1).unwrap_or(u32::MAX);
        let there = there.projection(doc! { "_id": 1 }).batch_size(size).max_time(WORK);
        let there = there.read_concern(self.abilities.latest());
        let found: Vec<Document> = bounded(async { there.await?.try_collect().await }).await?;
        let known: HashSet<&str> = found.iter().filter_map(|it| it.get_str("_id").ok()).collect();
        for (trail, line) in lines.iter_mut() {
            let before = line.events.len();
            line.events.retain(|event| !known.contains(&*key(trail, event.id.as_str())));
            if line.events.len() < before {
                self.trails.ends.forget(trail);
                line.end = None;
            }
        }
        lines.retain(|_, line| !line.events.is_empty());
        Ok(())
    }
}

impl Line {
    fn refuse(&mut self) {
        self.end = None;
        self.refusals += 1;
    }

    fn keys(&self, trail: &Trail) -> impl Iterator<Item = String> {
        self.events.iter().map(|event| key(trail, event.id.as_str()))
    }
}

/// The events of each trail, without duplicates, in their original order.
fn lines(events: impl Iterator<Item = AuditEvent>) -> Lines {
    let (mut lines, mut seen) = (Lines::new(), HashSet::new());
    for event in events.filter(|event| seen.insert(key(&event.trail, event.id.as_str()))) {
        let new = || Line { events: VecDeque::new(), end: None, refusals: 0 };
        lines.entry(event.trail.clone()).or_insert_with(new).events.push_back(event);
    }
    lines
}

/// Links the events of each trail, and assigns their positions.
fn link(lines: &mut Lines, failures: &mut Failures) -> Vec<Linked> {
    let (mut linked, mut lost) = (Vec::new(), Vec::new());
    for (trail, line) in lines.iter() {
        let Some(mut end) = line.end.clone() else { continue };
        let put = |event: &AuditEvent| {
            let logged = end.push(event);
            let document = to_stored(trail, end.seq, &logged)?;
            Ok(Linked { end: end.clone(), document })
        };
        match line.events.iter().map(put).collect::<Result<Vec<_>, StoreError>>() {
            Ok(events) => linked.extend(events),
            Err(error) => lost.push((trail.clone(), error)),
        }
    }
    for (trail, error) in lost {
        lines.remove(&trail);
        failures.add(trail, error);
    }
    linked
}

/// The progress of a failed insert. The events before the first refusal are durable only if the
/// server reports no write concern error.
fn stopped(error: Error) -> Result<Inserted, MongoError> {
    let stop = match error.kind.as_ref() {
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let first = many.write_errors.iter().flatten().next();
            first.map(|first| (first.index, first.code))
        }
        ErrorKind::InsertMany(many) => {
            let code = many.write_concern_error.as_ref().map_or(0, |error| error.code);
            return Err(MongoError::of(code, error));
        }
        _ => None,
    };
    match stop
        .map(|(index, code)| (index, MongoError::of(code, format!("refused with code {code}"))))
    {
        Some((_, MongoError::Interrupted(_))) | None => Err(error.into()),
        Some((index, fault)) => Ok(Inserted::Until(index, fault)),
    }
}
