//! Appending: each event is linked to the one before it, and they are inserted until one is refused.

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
use crate::fault::Fault;
use crate::store::MongoStore;

/// How often the end of a trail is looked for, where others append to it all the time.
const ATTEMPTS: usize = 30;
/// How many ends are looked up at once.
const LOOKUPS: usize = 16;

/// What is to be appended to one trail.
struct Line {
    events: VecDeque<AuditEvent>,
    /// Where it is believed to end.
    end: Option<Head>,
    /// How often that was wrong.
    refusals: usize,
}

type Lines = BTreeMap<Trail, Line>;

/// An event with its place.
struct Linked {
    end: Head,
    document: Document,
}

/// How far an insert came.
enum Inserted {
    All,
    /// Up to this one, and no further.
    Until(usize, Fault),
}

impl MongoStore {
    /// Appends `events`, each to its trail. What keeps one trail from being continued does not keep others.
    pub(super) async fn append_linked(&self, events: impl Iterator<Item = AuditEvent>) -> Failures {
        let (mut lines, mut failures) = (lines(events), Failures::default());
        let (deadline, mut was_interrupted) = (Instant::now() + 3 * CALL, false);
        while !lines.is_empty() {
            let round = self.round(&mut lines, &mut failures, was_interrupted).await;
            let failed = match round {
                // It was done or not, and comes to the same when it is done again.
                Err(Fault::Interrupted(_)) if !was_interrupted => {
                    was_interrupted = true;
                    lines.values_mut().for_each(Line::refuse);
                    continue;
                }
                Err(fault) => StoreError::from(fault),
                Ok(()) if Instant::now() < deadline => continue,
                Ok(()) => StoreError::unavailable("audit trails change all the time"),
            };
            let failed = Arc::new(failed);
            for (trail, _) in std::mem::take(&mut lines) {
                self.trails.ends.forget(&trail);
                failures.add_shared(trail, Arc::clone(&failed));
            }
        }
        failures
    }

    /// Inserts what it can of `lines`, and leaves the rest.
    async fn round(
        &self,
        lines: &mut Lines,
        failures: &mut Failures,
        was_interrupted: bool,
    ) -> Result<(), Fault> {
        if was_interrupted || lines.values().any(|line| line.refusals > 0) {
            self.drop_known(lines).await?;
        }
        self.find_ends(lines, failures).await;
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

    /// One insert for all trails: it ends with the first that is refused, so that nothing is ever put after an event
    /// that is not there.
    async fn insert_in_order(&self, documents: &[&Document]) -> Result<Inserted, Fault> {
        let link = self.link()?;
        let insert =
            link.collections.audit_events.insert_many(documents.iter().copied()).ordered(true);
        match timeout(CALL, insert.into_future()).await {
            Ok(Ok(_)) => Ok(Inserted::All),
            Ok(Err(error)) => stopped(error),
            Err(elapsed) => Err(Fault::Unavailable(elapsed.into())),
        }
    }

    /// What is to become of the trail with the event that was refused.
    fn refuse(&self, lines: &mut Lines, failures: &mut Failures, trail: Trail, fault: Fault) {
        self.trails.ends.forget(&trail);
        let Some(line) = lines.get_mut(&trail) else { return };
        line.refuse();
        let is_lost = line.refusals > ATTEMPTS || !matches!(fault, Fault::Duplicate);
        if is_lost {
            lines.remove(&trail);
            failures.add(trail, fault.into());
        }
    }

    /// Looks up where each line ends, if that is not known. Where one was refused before, what was in its way has to
    /// be there for good.
    async fn find_ends(&self, lines: &mut Lines, failures: &mut Failures) {
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
                Err(error) => {
                    lines.remove(&trail);
                    failures.add(trail, error);
                }
            }
        }
    }

    /// Leaves out what is in the log, for good. Whose events others have brought there ends elsewhere, too.
    async fn drop_known(&self, lines: &mut Lines) -> Result<(), Fault> {
        let keys: Vec<String> = lines.iter().flat_map(|(trail, line)| line.keys(trail)).collect();
        let link = self.link()?;
        let there = link.collections.audit_events.find(doc! { "_id": { "$in": &keys } });
        // All in one answer.
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

/// Each trail's events, each once, in the order in which they came.
fn lines(events: impl Iterator<Item = AuditEvent>) -> Lines {
    let (mut lines, mut seen) = (Lines::new(), HashSet::new());
    for event in events.filter(|event| seen.insert(key(&event.trail, event.id.as_str()))) {
        let new = || Line { events: VecDeque::new(), end: None, refusals: 0 };
        lines.entry(event.trail.clone()).or_insert_with(new).events.push_back(event);
    }
    lines
}

/// Gives each event its place, trail after trail.
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

/// How far an insert came that failed. What is before the first refusal is there for good only if the server says
/// nothing about a majority that was not reached.
fn stopped(error: Error) -> Result<Inserted, Fault> {
    let stop = match error.kind.as_ref() {
        ErrorKind::InsertMany(many) if many.write_concern_error.is_none() => {
            let first = many.write_errors.iter().flatten().next();
            first.map(|first| (first.index, first.code))
        }
        ErrorKind::InsertMany(many) => {
            let code = many.write_concern_error.as_ref().map_or(0, |error| error.code);
            return Err(Fault::of(code, error));
        }
        _ => None,
    };
    match stop.map(|(index, code)| (index, Fault::of(code, format!("refused with code {code}")))) {
        Some((_, Fault::Interrupted(_))) | None => Err(error.into()),
        Some((index, fault)) => Ok(Inserted::Until(index, fault)),
    }
}
