//! Lists the events of a trail.

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

/// Number of positions that one command with a filter scans, so that it ends within [`MAX_TIME`].
const WINDOW: i64 = 50_000;

impl MongoStore {
    /// Lists a page of events. Acquires a permit of the organization for each command, so that
    /// other requests get their turn during a list over many windows.
    pub(super) async fn list_events(
        &self,
        trail: &Trail,
        filter: &EventFilter,
        after: Seq,
        size: PageSize,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let conditions = conditions(filter);
        let after = stored_position(after);
        let (mut found, mut start, mut end) = (Vec::new(), after, i64::MAX);
        if !conditions.is_empty() {
            let _permit = self.permit_for(trail).await?;
            let Some((first, last)) =
                self.read_after_election(|_| self.stored_range(trail)).await?
            else {
                return Ok(Page { items: Vec::new(), more: false });
            };
            (start, end) = (after.max(first - 1), last);
        }
        while found.len() <= size.get() && start < end {
            let window_end = if conditions.is_empty() { end } else { end.min(start + WINDOW) };
            // A position of another type is invalid, and must not become the cursor of a page.
            let positions = doc! { "$gt": start, "$lte": window_end, "$type": ["int", "long"] };
            let mut window = not_truncated(doc! { TRAIL: trail.key(), POSITION: positions });
            window.extend(conditions.clone());
            let limit = size.get() + 1 - found.len();
            let _permit = self.permit_for(trail).await?;
            found.extend(self.read_after_election(|_| self.events(&window, limit)).await?);
            start = window_end;
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

/// The MongoDB filter of the events that [`EventFilter::passes`] accepts.
fn conditions(filter: &EventFilter) -> Document {
    let mut conditions = Document::new();
    if let Some(action) = filter.action {
        conditions.insert("action", action.as_str());
    }
    if let Some(actor) = &filter.actor {
        let no_id = doc! { "actor.id": { "$not": { "$type": "string" } }, "actor.type": actor };
        conditions.insert("$or", [doc! { "actor.id": actor }, no_id]);
    }
    let mut at = Document::new();
    if let Some(since) = filter.since {
        at.insert("$gte", since.to_string());
    }
    if let Some(until) = filter.until {
        at.insert("$lt", until.to_string());
    }
    if !at.is_empty() {
        conditions.insert("at", at);
    }
    conditions
}
