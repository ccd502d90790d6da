//! Moves events from the outboxes of records to the log.

use bson::{Bson, Document, doc};
use domain::model::{AuditEvent, OrganizationId};
use domain::ports::{Causes, StoreError};
use futures_util::TryStreamExt;
use mongodb::Collection;
use mongodb::options::Hint;

use crate::call::{WORK, again, bounded};
use crate::command::written;
use crate::mongo_error::MongoError;
use crate::outbox::Waiting;
use crate::schema::{ADMINS, ORGANIZATIONS, OUTBOX, WAITING_INDEX};
use crate::store::MongoStore;

/// Number of records of a kind that are processed together.
const BATCH: usize = 100;

/// Records that may have events in their outboxes.
struct Tellers {
    name: &'static str,
    records: Collection<Document>,
    which: Document,
    /// Whether to process all records with a nonempty outbox.
    all_waiting: bool,
}

impl MongoStore {
    /// Flushes the outboxes of all records.
    pub(super) async fn relay_all(&self) -> Result<(), StoreError> {
        let link = self.link()?;
        let any = |name, records: &Collection<Document>| Tellers {
            name,
            records: records.clone(),
            which: Document::new(),
            all_waiting: true,
        };
        let organizations = any(ORGANIZATIONS, &link.collections.organizations);
        let admins = any(ADMINS, &link.collections.admins);
        let mut result = Ok(());
        for error in self.relay(&[admins, organizations]).await? {
            match error {
                StoreError::Corrupt { .. } if self.trails.complaint_is_due() => {
                    tracing::warn!(error = %Causes(&error), "audit events can't be moved to the log");
                }
                StoreError::Corrupt { .. } => {}
                _ => result = Err(error),
            }
        }
        result
    }

    /// Flushes the outboxes of `organization` and of its admins.
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
        self.relay(&[admins, own]).await?.into_iter().next().map_or(Ok(()), Err)
    }

    /// Flushes the current outboxes of all these records. Returns the errors of single records or
    /// trails.
    ///
    /// They are read one after the other, and appended together. Organizations are read last: the
    /// creation of an organization is in the log before any event of its admins.
    async fn relay(&self, all: &[Tellers]) -> Result<Vec<StoreError>, StoreError> {
        let mut stuck = vec![Vec::new(); all.len()];
        let mut failures = Vec::new();
        loop {
            let (mut found, mut is_last) = (Vec::with_capacity(all.len()), true);
            for (tellers, stuck) in all.iter().zip(&mut stuck) {
                let keys = self.fresh(|| tellers.keys(stuck)).await?;
                is_last &= keys.len() < BATCH;
                found.push(self.waiting(tellers, &keys, stuck, &mut failures).await?);
            }
            let events = in_order(&found);
            if events.is_empty() {
                return Ok(failures);
            }
            let lost = self.queue_up(events).await?;
            let mut told_some = false;
            for ((tellers, waiting), stuck) in all.iter().zip(found).zip(&mut stuck) {
                let (kept, told): (Vec<Waiting>, Vec<Waiting>) =
                    waiting.into_iter().partition(|record| lost.concern(&record.events));
                stuck.extend(kept.into_iter().map(|record| record.id));
                told_some |= !told.is_empty();
                self.take_out(tellers, &told).await?;
            }
            failures.extend(lost.into_errors());
            let is_away = |error: &StoreError| matches!(error, StoreError::Unavailable(_));
            if is_last || (!told_some && failures.iter().any(is_away)) {
                return Ok(failures);
            }
        }
    }

    /// The outboxes of the records with these keys; unreadable ones are added to `stuck`.
    async fn waiting(
        &self,
        tellers: &Tellers,
        keys: &[Bson],
        stuck: &mut Vec<Bson>,
        failures: &mut Vec<StoreError>,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut waiting = Vec::with_capacity(keys.len());
        if keys.is_empty() {
            return Ok(waiting);
        }
        for document in self.fresh(|| tellers.read(keys)).await? {
            let key = document.get("_id").cloned();
            match Waiting::read(tellers.name, document) {
                Ok(record) if record.events.is_empty() => {}
                Ok(record) => waiting.push(record),
                Err(error) => {
                    stuck.extend(key);
                    failures.push(error);
                }
            }
        }
        Ok(waiting)
    }

    /// Removes events that are in the log from the outboxes. This need not be durable: a repeated
    /// append detects its event.
    async fn take_out(&self, tellers: &Tellers, told: &[Waiting]) -> Result<(), MongoError> {
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

/// All events, approximately in the order in which they happened: those of one record in the order
/// in which they were written, and those of different records by time, at the same time those of
/// organizations first.
fn in_order(found: &[Vec<Waiting>]) -> Vec<AuditEvent> {
    let mut events = Vec::new();
    for record in found.iter().rev().flatten() {
        let mut latest = None;
        for event in &record.events {
            latest = latest.max(Some(event.at));
            events.push((latest, event.clone()));
        }
    }
    events.sort_by_key(|(latest, _)| *latest);
    events.into_iter().map(|(_, event)| event).collect()
}

impl Tellers {
    /// The keys of records with a nonempty outbox, except for `stuck`.
    async fn keys(&self, stuck: &[Bson]) -> Result<Vec<Bson>, MongoError> {
        let mut filter = self.waiting();
        if !stuck.is_empty() {
            filter = doc! { "$and": [filter, { "_id": { "$nin": stuck } }] };
        }
        let limit = i64::try_from(BATCH).unwrap_or(i64::MAX);
        let mut find = self.records.find(filter).projection(doc! { "_id": 1 }).limit(limit);
        if self.all_waiting {
            // The index contains nothing else, and the server would not choose it by itself.
            find = find.hint(Hint::Name(WAITING_INDEX.to_owned()));
        }
        let find = find.max_time(WORK);
        let found: Vec<Document> = bounded(async { find.await?.try_collect().await }).await?;
        Ok(found.into_iter().filter_map(|mut document| document.remove("_id")).collect())
    }

    async fn read(&self, keys: &[Bson]) -> Result<Vec<Document>, MongoError> {
        let there = doc! { "_id": { "$in": keys }, OUTBOX: { "$exists": true } };
        let find = self
            .records
            .find(there)
            .projection(doc! { OUTBOX: 1, "organization_id": 1 })
            .max_time(WORK);
        bounded(async { find.await?.try_collect().await }).await
    }

    fn waiting(&self) -> Document {
        let mut waiting = self.which.clone();
        waiting.insert(OUTBOX, doc! { "$exists": true });
        waiting
    }
}
