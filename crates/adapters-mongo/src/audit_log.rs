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

mod ends;
mod link;
mod listing;
mod queue;
mod relay;
mod stored;

use std::collections::BTreeSet;

use async_trait::async_trait;
use bson::{Document, doc};
use domain::model::{AuditEvent, EventFilter, Head, Page, PageSize, Seq, StoredEvent, Trail};
use domain::ports::{AuditLog, StoreError};
use tokio::time::timeout;

use crate::call::{CALL, again};
use crate::records::place;
use crate::schema::{CUT, PLACE, TRAIL};
use crate::store::MongoStore;

pub(crate) use queue::Trails;

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
        match timeout(2 * CALL, append).await {
            Ok(appended) => appended.map_err(StoreError::unavailable)?,
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn settle(&self, trail: Option<&Trail>) -> Result<(), StoreError> {
        match trail {
            None => self.relay_all().await,
            Some(Trail::Organization(id)) => self.relay_of(id).await,
            // Events of the installation are never written with a record.
            Some(Trail::Installation) => Ok(()),
        }
    }

    async fn head(&self, trail: &Trail) -> Result<Option<Head>, StoreError> {
        self.fresh(|| self.stored_end(trail, None)).await
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

    async fn heads(&self, after: Option<&Trail>, size: PageSize) -> Result<Page<Head>, StoreError> {
        self.list_ends(after, size).await
    }

    async fn cut(&self, trail: &Trail, through: Seq) -> Result<(), StoreError> {
        let Some((first, last)) = self.fresh(|| self.stored_places(trail)).await? else {
            return Ok(());
        };
        let end = place(through).min(last - 1);
        let link = self.link()?;
        let mut start = first;
        while start <= end {
            let part = doc! { "$gte": start, "$lte": end.min(start + BATCH - 1) };
            let old = present(doc! { TRAIL: trail.key(), PLACE: part });
            again(|| link.collections.audit_events.update_many(old.clone(), cut_off())).await?;
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
            match self.settle(Some(trail)).await {
                Ok(()) | Err(StoreError::Corrupt { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        self.queue_up(events).await?.into_first()
    }
}

/// Adds to `filter` that the event is not truncated.
fn present(mut filter: Document) -> Document {
    filter.insert(CUT, doc! { "$exists": false });
    filter
}

/// Keeps the key and the position until the server removes them as well: a process with a chain
/// head from before the truncation finds the next position taken, and reads the head again.
fn cut_off() -> Vec<Document> {
    let left = doc! {
        "_id": "$_id",
        TRAIL: format!("${TRAIL}"),
        PLACE: format!("${PLACE}"),
        CUT: "$$NOW",
    };
    vec![doc! { "$replaceWith": left }]
}
