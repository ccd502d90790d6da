//! Reads of trails.

use bson::{Document, doc};
use bulkhead::Permit;
use domain::model::{EventFilter, Page, PageSize, Seq, StoredEvent, Trail};
use domain::ports::{Requester, StoreError};

use super::event_document::{from_stored, position};
use super::not_truncated;
use crate::call::{MAX_TIME, collect};
use crate::mongo_error::MongoError;
use crate::records::stored_position;
use crate::schema::{POSITION, TRAIL};
use crate::store::MongoStore;

/// Number of events that one command filters, so that it ends in time.
const WINDOW: i64 = 50_000;

impl MongoStore {
    /// Each command acquires a permit of the organization: a list over many windows lets others in
    /// between.
    pub(super) async fn list_events(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let matching = matching(filter);
        let after = stored_position(after);
        let (mut found, mut start, mut end) = (Vec::new(), after, i64::MAX);
        if !matching.is_empty() {
            let _permit = self.permit_for(trail).await?;
            let Some((first, last)) =
                self.read_after_election(|_| self.stored_range(trail)).await?
            else {
                return Ok(Page { items: Vec::new(), more: false });
            };
            (start, end) = (after.max(first - 1), last);
        }
        while found.len() <= size.get() && start < end {
            let stop = if matching.is_empty() { end } else { end.min(start + WINDOW) };
            // A position of another type is invalid, and no page may end at it.
            let positions = doc! { "$gt": start, "$lte": stop, "$type": ["int", "long"] };
            let mut window = not_truncated(doc! { TRAIL: trail.key(), POSITION: positions });
            window.extend(matching.clone());
            let limit = size.get() + 1 - found.len();
            let _permit = self.permit_for(trail).await?;
            found.extend(self.read_after_election(|_| self.events(&window, limit)).await?);
            start = stop;
        }
        let stored = |document: Document| {
            let seq = Seq::new(u64::try_from(position(&document)).unwrap_or_default());
            StoredEvent { seq, event: from_stored(document) }
        };
        Ok(Page::from_overfetch(found.into_iter().map(stored).collect(), size))
    }

    /// Acquires a permit of the organization that `trail` belongs to.
    async fn permit_for(&self, trail: &Trail) -> Result<Permit<Requester>, StoreError> {
        match trail {
            Trail::Organization(id) => self.permit_of(id).await,
            Trail::Installation => self.permit(&Requester::Installation).await,
        }
    }

    /// The first `limit` events that match `filter`, in the order of their positions.
    async fn events(&self, filter: &Document, limit: usize) -> Result<Vec<Document>, MongoError> {
        let collections = self.fixed_collections()?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let find = collections.audit_events.find(filter.clone());
        let find = find.sort(doc! { TRAIL: 1, POSITION: 1 }).limit(limit).max_time(MAX_TIME);
        collect(find).await
    }
}

/// [`EventFilter::passes`] as a filter of the server.
fn matching(filter: &EventFilter) -> Document {
    let mut matching = Document::new();
    if let Some(action) = filter.action {
        matching.insert("action", action.as_str());
    }
    if let Some(actor) = &filter.actor {
        let nameless = doc! { "actor.id": { "$not": { "$type": "string" } }, "actor.type": actor };
        matching.insert("$or", [doc! { "actor.id": actor }, nameless]);
    }
    let mut at = Document::new();
    if let Some(since) = filter.since {
        at.insert("$gte", since.to_string());
    }
    if let Some(until) = filter.until {
        at.insert("$lt", until.to_string());
    }
    if !at.is_empty() {
        matching.insert("at", at);
    }
    matching
}
