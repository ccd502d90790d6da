//! Moves events from the outboxes of records to the log.

use bson::{Bson, Document, doc};
use domain::model::AuditEvent;
use domain::ports::{Causes, StoreError};
use mongodb::Collection;
use mongodb::options::Hint;

use crate::call::{MAX_TIME, collect, retry_once};
use crate::command::write_result;
use crate::mongo_error::MongoError;
use crate::outbox::Outbox;
use crate::schema::{ADMINS, ORGANIZATIONS, OUTBOX, OUTBOX_INDEX};
use crate::store::MongoStore;

/// Maximum number of records of each source that one round of a flush moves.
const BATCH: usize = 100;

/// A collection of records with outboxes, and a filter of them.
struct OutboxSource {
    name: &'static str,
    collection: Collection<Document>,
    filter: Document,
    /// Whether to find the records by [`OUTBOX_INDEX`].
    use_index: bool,
}

impl MongoStore {
    /// Flushes the outboxes of all records.
    pub(super) async fn flush_all_outboxes(&self) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let all_of = |name, collection: &Collection<Document>| OutboxSource {
            name,
            collection: collection.clone(),
            filter: Document::new(),
            use_index: true,
        };
        let organizations = all_of(ORGANIZATIONS, &collections.organizations);
        let admins = all_of(ADMINS, &collections.admins);
        let mut result = Ok(());
        for error in self.flush_outboxes(&[admins, organizations]).await? {
            match error {
                StoreError::Corrupt { .. } if self.audit_state.warning_is_due() => {
                    tracing::warn!(error = %Causes(&error), "audit events can't be moved to the log");
                }
                StoreError::Corrupt { .. } => {}
                _ => result = Err(error),
            }
        }
        result
    }

    /// Flushes the outboxes of `organization` and of its admins.
    pub(super) async fn flush_outboxes_of(&self, organization: &str) -> Result<(), StoreError> {
        let collections = self.fixed_collections()?;
        let own = OutboxSource {
            name: ORGANIZATIONS,
            collection: collections.organizations.clone(),
            filter: doc! { "_id": organization },
            use_index: false,
        };
        let admins = OutboxSource {
            name: ADMINS,
            collection: collections.admins.clone(),
            filter: doc! { "organization_id": organization },
            use_index: true,
        };
        self.flush_outboxes(&[admins, own]).await?.into_iter().next().map_or(Ok(()), Err)
    }

    /// Flushes the outboxes of all records of `sources`. Returns the errors of single records or
    /// trails.
    ///
    /// Each round reads source after source, and appends their events together. Organizations must
    /// be last, and those of the admins of the round are included, else a round could have events
    /// of an admin without the creation of its organization.
    async fn flush_outboxes(
        &self,
        sources: &[OutboxSource],
    ) -> Result<Vec<StoreError>, StoreError> {
        let mut skipped = vec![Vec::new(); sources.len()];
        let mut failures = Vec::new();
        loop {
            let (mut outboxes, mut is_last_round) = (Vec::with_capacity(sources.len()), true);
            for (source, skipped) in sources.iter().zip(&mut skipped) {
                let mut keys = self.read_after_election(|_| source.keys(skipped)).await?;
                is_last_round &= keys.len() < BATCH;
                keys.extend(organizations_of(&outboxes).filter(|key| !skipped.contains(key)));
                outboxes.push(self.read_outboxes(source, &keys, skipped, &mut failures).await?);
            }
            let events = sorted_by_time(&outboxes);
            if events.is_empty() {
                return Ok(failures);
            }
            let failed = self.enqueue_append(events).await?;
            let mut made_progress = false;
            for ((source, outboxes), skipped) in sources.iter().zip(outboxes).zip(&mut skipped) {
                let (kept, logged): (Vec<Outbox>, Vec<Outbox>) =
                    outboxes.into_iter().partition(|outbox| failed.affect(&outbox.events));
                skipped.extend(kept.into_iter().map(|outbox| outbox.id));
                made_progress |= !logged.is_empty();
                self.remove_logged(source, &logged).await?;
            }
            failures.extend(failed.into_errors());
            let is_unavailable = |error: &StoreError| matches!(error, StoreError::Unavailable(_));
            if is_last_round || (!made_progress && failures.iter().any(is_unavailable)) {
                return Ok(failures);
            }
        }
    }

    /// Reads the nonempty outboxes of these records. Adds unreadable ones to `skipped`.
    async fn read_outboxes(
        &self,
        source: &OutboxSource,
        keys: &[Bson],
        skipped: &mut Vec<Bson>,
        failures: &mut Vec<StoreError>,
    ) -> Result<Vec<Outbox>, StoreError> {
        let mut outboxes = Vec::with_capacity(keys.len());
        if keys.is_empty() {
            return Ok(outboxes);
        }
        for document in self.read_after_election(|_| source.read(keys)).await? {
            let key = document.get("_id").cloned();
            match Outbox::read(source.name, document) {
                Ok(outbox) if outbox.events.is_empty() => {}
                Ok(outbox) => outboxes.push(outbox),
                Err(error) => {
                    skipped.extend(key);
                    failures.push(error);
                }
            }
        }
        Ok(outboxes)
    }

    /// Removes events that are in the log from the outboxes. Need not be durable: an event that is
    /// appended again is stored once.
    async fn remove_logged(
        &self,
        source: &OutboxSource,
        logged: &[Outbox],
    ) -> Result<(), MongoError> {
        if logged.is_empty() {
            return Ok(());
        }
        let connection = self.connection()?;
        let updates: Vec<Document> = logged.iter().map(Outbox::removal_update).collect();
        let update = doc! {
            "update": source.name,
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": 1 },
            "maxTimeMS": i64::try_from(MAX_TIME.as_millis()).unwrap_or(i64::MAX),
        };
        write_result(&retry_once(|| connection.database.run_command(update.clone())).await?)
            .map(drop)
    }
}

/// All events, sorted approximately by time. Events of one record stay in the order in which they
/// were written. Of events of different records at the same time, those of organizations come
/// first.
fn sorted_by_time(outboxes: &[Vec<Outbox>]) -> Vec<AuditEvent> {
    let mut events = Vec::new();
    for outbox in outboxes.iter().rev().flatten() {
        let mut latest = None;
        for event in &outbox.events {
            latest = latest.max(Some(event.at));
            events.push((latest, event.clone()));
        }
    }
    events.sort_by_key(|(latest, _)| *latest);
    events.into_iter().map(|(_, event)| event).collect()
}

/// The keys of the organizations of all these events.
fn organizations_of(outboxes: &[Vec<Outbox>]) -> impl Iterator<Item = Bson> {
    let events = outboxes.iter().flatten().flat_map(|outbox| &outbox.events);
    events.map(|event| Bson::from(event.trail.key()))
}

impl OutboxSource {
    /// The keys of records with a nonempty outbox, except for `skipped`.
    async fn keys(&self, skipped: &[Bson]) -> Result<Vec<Bson>, MongoError> {
        let mut filter = self.nonempty_filter();
        if !skipped.is_empty() {
            filter = doc! { "$and": [filter, { "_id": { "$nin": skipped } }] };
        }
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let mut find = self.collection.find(filter).projection(doc! { "_id": 1 }).limit(limit);
        if self.use_index {
            // The index contains only such records, and the server would not choose it by itself.
            find = find.hint(Hint::Name(OUTBOX_INDEX.to_owned()));
        }
        let find = find.max_time(MAX_TIME);
        let found: Vec<Document> = collect(find).await?;
        Ok(found.into_iter().filter_map(|mut document| document.remove("_id")).collect())
    }

    async fn read(&self, keys: &[Bson]) -> Result<Vec<Document>, MongoError> {
        let by_key = doc! { "_id": { "$in": keys }, OUTBOX: { "$exists": true } };
        let find = self
            .collection
            .find(by_key)
            .projection(doc! { OUTBOX: 1, "organization_id": 1 })
            .max_time(MAX_TIME);
        collect(find).await
    }

    fn nonempty_filter(&self) -> Document {
        let mut filter = self.filter.clone();
        filter.insert(OUTBOX, doc! { "$exists": true });
        filter
    }
}
