//! Bringing into the log what waits with records.

use bson::{Bson, Document, doc};
use domain::model::OrganizationId;
use domain::ports::{Causes, StoreError};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::options::Hint;

use crate::call::{WORK, again, bounded};
use crate::command::written;
use crate::fault::Fault;
use crate::outbox::Waiting;
use crate::schema::{ADMINS, ORGANIZATIONS, OUTBOX, WAITING_INDEX};
use crate::store::MongoStore;

/// How many records that wait are looked up at once, by their keys alone.
const KEYS: usize = 10_000;
/// How many of them are worked on at once.
const BATCH: usize = 100;

/// Records that may have something to tell.
struct Tellers {
    name: &'static str,
    records: Collection<Document>,
    which: Document,
    /// Whether to look through all that wait.
    all_waiting: bool,
}

/// What could not be done.
#[derive(Default)]
struct Left {
    records: Vec<Bson>,
    failures: Vec<StoreError>,
    /// Whether nothing at all could be done.
    is_all: bool,
}

impl MongoStore {
    /// What waits with any record.
    pub(super) async fn relay_all(&self) -> Result<(), StoreError> {
        let link = self.link()?;
        let (organizations, admins) = (&link.collections.organizations, &link.collections.admins);
        let mut result = Ok(());
        for (name, records) in [(ORGANIZATIONS, organizations), (ADMINS, admins)] {
            let which = Document::new();
            let tellers = Tellers { name, records: records.clone(), which, all_waiting: true };
            for error in self.relay(&tellers).await? {
                match error {
                    StoreError::Corrupt { .. } => {
                        tracing::warn!(error = %Causes(&error), "audit events can't be brought into the log");
                    }
                    StoreError::Unavailable(_) => result = Err(error),
                }
            }
        }
        result
    }

    /// What waits with the record of `organization` and with its admins.
    pub(super) async fn relay_of(&self, organization: &OrganizationId) -> Result<(), StoreError> {
        let link = self.link()?;
        let own = Tellers {
            name: ORGANIZATIONS,
            records: link.collections.organizations.clone(),
            which: doc! { "_id": organization.as_str() },
            all_waiting: false,
        };
        let admins = Tellers {
            name: ADMINS,
            records: link.collections.admins.clone(),
            which: doc! { "organization_id": organization.as_str() },
            all_waiting: true,
        };
        let (own, admins) = futures_util::try_join!(self.relay(&own), self.relay(&admins))?;
        own.into_iter().chain(admins).next().map_or(Ok(()), Err)
    }

    /// What waits with `tellers` now. Answers with what kept single records or trails from it.
    async fn relay(&self, tellers: &Tellers) -> Result<Vec<StoreError>, StoreError> {
        let (mut stuck, mut failures) = (Vec::new(), Vec::new());
        loop {
            let keys = self.fresh(|| tellers.keys(&stuck)).await?;
            for batch in keys.chunks(BATCH) {
                let left = self.relay_batch(tellers, batch).await?;
                failures.extend(left.failures);
                stuck.extend(left.records);
                if left.is_all {
                    return Ok(failures);
                }
            }
            if keys.len() < KEYS {
                return Ok(failures);
            }
        }
    }

    /// What waits with the records of these keys.
    async fn relay_batch(&self, tellers: &Tellers, keys: &[Bson]) -> Result<Left, StoreError> {
        let mut left = Left::default();
        let mut waiting = Vec::new();
        for document in self.fresh(|| tellers.read(keys)).await? {
            let key = document.get("_id").cloned();
            match Waiting::read(tellers.name, document) {
                Ok(record) => waiting.push(record),
                Err(error) => {
                    left.records.extend(key);
                    left.failures.push(error);
                }
            }
        }
        waiting.retain(|record| !record.events.is_empty());
        // Those of one trail come in about the order in which they happened.
        waiting.sort_by_key(|record| record.events.first().map(|event| event.at));
        if waiting.is_empty() {
            return Ok(left);
        }
        let events = waiting.iter().flat_map(|record| record.events.iter().cloned()).collect();
        let failures = self.queue_up(events).await?;
        let (lost, told): (Vec<Waiting>, Vec<Waiting>) =
            waiting.into_iter().partition(|record| failures.concern(&record.events));
        left.is_all = told.is_empty();
        left.records.extend(lost.into_iter().map(|record| record.id));
        left.failures.extend(failures.into_errors());
        self.take_out(tellers, &told).await?;
        Ok(left)
    }

    /// Takes out what is in the log. That need not last: what is told again is known there.
    async fn take_out(&self, tellers: &Tellers, told: &[Waiting]) -> Result<(), Fault> {
        if told.is_empty() {
            return Ok(());
        }
        let link = self.link()?;
        let updates: Vec<Document> = told.iter().map(Waiting::told).collect();
        let update = doc! {
            "update": tellers.name,
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": 1 },
            "maxTimeMS": i64::try_from(WORK.as_millis()).unwrap_or(i64::MAX),
        };
        written(&again(|| link.database.run_command(update.clone())).await?).map(drop)
    }
}

impl Tellers {
    /// The keys of those with which something waits, but for `stuck`.
    async fn keys(&self, stuck: &[Bson]) -> Result<Vec<Bson>, Fault> {
        let mut filter = self.waiting();
        if !stuck.is_empty() {
            filter = doc! { "$and": [filter, { "_id": { "$nin": stuck } }] };
        }
        let limit = i64::try_from(KEYS).unwrap_or(i64::MAX);
        let mut find = self.records.find(filter).projection(doc! { "_id": 1 }).limit(limit);
        if self.all_waiting {
            // It has nothing else in it, and the server would not look there by itself.
            find = find.hint(Hint::Name(WAITING_INDEX.to_owned()));
        }
        let find = find.max_time(WORK);
        let found: Vec<Document> = bounded(async { find.await?.try_collect().await }).await?;
        Ok(found.into_iter().filter_map(|mut document| document.remove("_id")).collect())
    }

    async fn read(&self, keys: &[Bson]) -> Result<Vec<Document>, Fault> {
        let there = doc! { "_id": { "$in": keys }, OUTBOX: { "$exists": true } };
        let find = self.records.find(there).projection(doc! { OUTBOX: 1 }).max_time(WORK);
        bounded(async { find.await?.try_collect().await }).await
    }

    fn waiting(&self) -> Document {
        let mut waiting = self.which.clone();
        waiting.insert(OUTBOX, doc! { "$exists": true });
        waiting
    }
}
