//! [`AuditLog`]: one document per event, whose key is its trail and id, with its position in the
//! trail.
//!
//! Each trail stays one chain, under concurrent appends and any failure, because:
//! - The index of positions is unique, so of concurrent events after the same predecessor, one is
//!   inserted: no fork.
//! - An event is linked only to one that a majority has, or to one before it in the same insert,
//!   which is ordered and ends with its first failure. Neither can be missing when the event is
//!   stored: no gap. The part of an insert that an election rolls back is always its end, because
//!   the oplog is ordered, too.
//! - The event's id is in the key of its document, so repeated appends store it once.
//! - A truncated event keeps its position for a while, so that a process with a stale chain head
//!   can't reuse it.
//! - After a refusal, the end of the trail is read again, and the missing events are linked again.
//!   A late insert, after its sender gave up, finds its positions taken.

mod append;
mod append_queue;
mod chain_heads;
mod event_document;
mod listing;
mod outbox_flush;

use std::collections::BTreeSet;

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{AuditEvent, ChainHead, EventFilter, Page, PageSize, Seq, StoredEvent, Trail};
use domain::ports::{AuditLog, StoreError};
use tokio::time::timeout;

use crate::call::{CALL_TIMEOUT, retry_once};
use crate::records::stored_position;
use crate::schema::{POSITION, TRAIL, TRUNCATED_AT};
use crate::store::MongoStore;

pub(crate) use append_queue::AuditState;

/// Maximum number of events that one truncating command removes, so that each ends in time.
const BATCH: i64 = 1000;

#[async_trait]
impl AuditLog for MongoStore {
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let (store, events) = (self.clone(), events.to_vec());
        // A task, so that a dropped caller does not end it.
        let append = tokio::spawn(async move { store.append_after_outboxes(events).await });
        // Other appends may be in progress first.
        match timeout(2 * CALL_TIMEOUT, append).await {
            Ok(appended) => appended.map_err(StoreError::unavailable)?,
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn flush_outbox(&self, trail: Option<&Trail>) -> Result<(), StoreError> {
        match trail {
            None => self.flush_all_outboxes().await,
            // The installation has no outboxes. The search for them equalizes the time of failed
            // logins at known and unknown addresses.
            Some(trail) => self.flush_outboxes_of(trail.key()).await,
        }
    }

    async fn head(&self, trail: &Trail) -> Result<Option<ChainHead>, StoreError> {
        self.read_after_election(|_| self.stored_head(trail, None)).await
    }

    async fn list(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError> {
        self.list_events(trail, filter, after, size).await
    }

    async fn heads(
        &self,
        after: Option<&Trail>,
        size: PageSize,
    ) -> Result<Page<ChainHead>, StoreError> {
        self.list_heads(after, size).await
    }

    async fn truncate(&self, trail: &Trail, through: Seq) -> Result<(), StoreError> {
        let Some((first, last)) = self.read_after_election(|_| self.stored_range(trail)).await?
        else {
            return Ok(());
        };
        let end = stored_position(through).min(last - 1);
        let collections = self.fixed_collections()?;
        let mut start = first;
        while start <= end {
            let part = doc! { "$gte": start, "$lte": end.min(start + BATCH - 1) };
            let old = not_truncated(doc! { TRAIL: trail.key(), POSITION: part });
            retry_once(|| collections.audit_events.update_many(old.clone(), truncate_update()))
                .await?;
            start += BATCH;
        }
        Ok(())
    }
}

impl MongoStore {
    /// Appends `events` after those that wait in outboxes of their trails. An unreadable outbox is
    /// no obstacle.
    async fn append_after_outboxes(&self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        let trails: BTreeSet<&Trail> = events.iter().map(|event| &event.trail).collect();
        for trail in trails {
            match self.flush_outbox(Some(trail)).await {
                Ok(()) | Err(StoreError::Corrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.enqueue_append(events).await?.into_first()
    }
}

/// Adds to `filter` that the event is not truncated.
fn not_truncated(mut filter: Document) -> Document {
    filter.insert(TRUNCATED_AT, doc! { "$exists": false });
    filter
}

/// Keeps the key and the position until the server removes them as well: a process with a chain
/// head from before the truncation finds the next position taken, and reads the head again.
fn truncate_update() -> Vec<Document> {
    let left = doc! {
        "_id": "$_id",
        TRAIL: format!("${TRAIL}"),
        POSITION: format!("${POSITION}"),
        TRUNCATED_AT: "$$NOW",
    };
    vec![doc! { "$replaceWith": left }]
}
