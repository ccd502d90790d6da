//! [`AuditLog`]: a document per event, under its trail and id, and at the place that it has in its trail.
//!
//! What keeps each trail one chain, whoever appends to it and whatever fails:
//! - The index of places is unique, so of all who put an event after the same one, one succeeds: no fork.
//! - An event is linked only to one that a majority has, or to one before it in the same insert, which is
//!   ordered and ends with its first failure. Neither can be missing when the event is there: no gap. A part of an
//!   insert that is rolled back by an election is its end, as the oplog has an order too.
//! - The event's id is in the key of its document, so it is there once, however often and by whomever it is told.
//! - What is cut off keeps its place for a while, so that no one takes it who has not heard of what came since.
//! - Whoever is refused reads the end of the trail anew, and links again what is not there yet. An insert that
//!   comes late, after its sender gave up, finds its places taken.

mod ends;
mod link;
mod listing;
mod queue;
mod relay;
mod stored;

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

/// How many events a cut removes with one command, so that each ends in time.
const BATCH: i64 = 1000;

#[async_trait]
impl AuditLog for MongoStore {
    async fn append(&self, events: &[AuditEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        // Others may be at it, and then it is our turn.
        match timeout(2 * CALL, self.queue_up(events.to_vec())).await {
            Ok(failures) => failures?.into_first(),
            Err(elapsed) => Err(StoreError::unavailable(elapsed)),
        }
    }

    async fn settle(&self, trail: Option<&Trail>) -> Result<(), StoreError> {
        match trail {
            None => self.relay_all().await,
            Some(Trail::Organization(id)) => self.relay_of(id).await,
            // What concerns no organization is written with no record.
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

/// Finds what `filter` does, but for what was cut off.
fn present(mut filter: Document) -> Document {
    filter.insert(CUT, doc! { "$exists": false });
    filter
}

/// Leaves the key and the place, until the server removes them too: whoever still believes that a trail ends where it
/// ended before all that was cut off finds the next place taken, and looks again.
fn cut_off() -> Vec<Document> {
    let left = doc! {
        "_id": "$_id",
        TRAIL: format!("${TRAIL}"),
        PLACE: format!("${PLACE}"),
        CUT: "$$NOW",
    };
    vec![doc! { "$replaceWith": left }]
}
