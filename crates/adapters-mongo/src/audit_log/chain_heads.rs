//! Chain heads of trails.

use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use domain::model::{ChainHead, Page, PageSize, Trail};
use domain::ports::{Causes, StoreError};
use mongodb::options::ReadConcern;
use quick_cache::sync::Cache;

use super::event_document::{from_stored, position};
use crate::call::{MAX_TIME, collect, with_timeout};
use crate::mongo_error::MongoError;
use crate::records::corrupt;
use crate::schema::{AUDIT_EVENTS, POSITION, TRAIL};
use crate::store::MongoStore;

/// Maximum number of cached chain heads: about 3 MB.
const CAPACITY: usize = 10_000;
/// Lifetime of a cached chain head. The index of positions detects a stale one.
const LIFETIME: Duration = Duration::from_secs(30);
/// Number of entries of the index of positions in which one command looks for chain heads.
const WINDOW: u64 = 500;

/// Cache of chain heads that a majority had a moment ago: assumptions about where the next event
/// follows.
pub(crate) struct ChainHeadCache(Cache<Trail, (ChainHead, Instant)>);

impl Default for ChainHeadCache {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl ChainHeadCache {
    pub(super) fn get(&self, trail: &Trail) -> Option<ChainHead> {
        let (head, since) = self.0.get(trail)?;
        (since.elapsed() < LIFETIME).then_some(head)
    }

    /// Caches an acknowledged chain head.
    pub(super) fn insert(&self, head: &ChainHead) {
        self.0.insert(head.trail.clone(), (head.clone(), Instant::now()));
    }

    pub(super) fn remove(&self, trail: &Trail) {
        self.0.remove(trail);
    }
}

impl MongoStore {
    /// The stored chain head of `trail`, with the read concern `concern`.
    pub(super) async fn stored_head(
        &self,
        trail: &Trail,
        concern: Option<ReadConcern>,
    ) -> Result<Option<ChainHead>, StoreError> {
        let last = self.first_in_order(trail, -1, concern).await?;
        last.map(|last| chain_head(last, trail)).transpose()
    }

    /// The first and the last position of `trail`.
    pub(super) async fn stored_range(
        &self,
        trail: &Trail,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let first = self.first_in_order(trail, 1, None).await?;
        let last = self.first_in_order(trail, -1, None).await?;
        Ok(first.zip(last).map(|(first, last)| (position(&first), position(&last))))
    }

    /// The first document of `trail` in this order of positions.
    async fn first_in_order(
        &self,
        trail: &Trail,
        order: i32,
        concern: Option<ReadConcern>,
    ) -> Result<Option<Document>, MongoError> {
        let collections = self.fixed_collections()?;
        let find = collections.audit_events.find_one(doc! { TRAIL: trail.key() });
        let mut find = find.sort(doc! { TRAIL: order, POSITION: order }).max_time(MAX_TIME);
        if let Some(concern) = concern {
            find = find.read_concern(concern);
        }
        with_timeout(find).await
    }

    /// Lists the chain heads of all trails. The server skips from one trail to the next in the
    /// index only if a command asks for all trails in a range; so the range ends at a trail that a
    /// lookahead finds.
    pub(super) async fn list_heads(
        &self,
        after: Option<&Trail>,
        size: PageSize,
    ) -> Result<Page<ChainHead>, StoreError> {
        let (mut heads, mut last) = (Vec::new(), after.map(|trail| trail.key().to_owned()));
        while heads.len() <= size.get() {
            let window_end = self.read_after_election(|_| self.window_end(last.as_deref())).await?;
            let window = range(last.as_deref(), window_end.as_deref());
            for document in self.read_after_election(|_| self.heads_in(&window)).await? {
                match trail_of(&document).and_then(|trail| chain_head(document, &trail)) {
                    Ok(head) => heads.push(head),
                    Err(error) => {
                        let error = Causes(&error);
                        tracing::error!(%error, "can't sign an audit trail: its last event is unreadable");
                    }
                }
            }
            if window_end.is_none() {
                break;
            }
            last = window_end;
        }
        Ok(Page::from_overfetch(heads, size))
    }

    /// The trail at the end of the window that begins after the trail `last`; none when there are
    /// no more.
    async fn window_end(&self, last: Option<&str>) -> Result<Option<String>, MongoError> {
        let collections = self.fixed_collections()?;
        let find = collections.audit_events.find_one(range(last, None));
        let find = find.sort(doc! { TRAIL: 1, POSITION: 1 }).skip(WINDOW);
        let find = find.projection(doc! { "_id": 0, TRAIL: 1 }).max_time(MAX_TIME);
        let found = with_timeout(find).await?;
        Ok(found.and_then(|mut found| match found.remove(TRAIL) {
            Some(Bson::String(trail)) => Some(trail),
            _ => None,
        }))
    }

    /// The last document of each trail in `window`, in ascending order of the trails.
    async fn heads_in(&self, window: &Document) -> Result<Vec<Document>, MongoError> {
        let collections = self.fixed_collections()?;
        let pipeline = heads_pipeline(window);
        let aggregate = collections.audit_events.aggregate(pipeline).max_time(MAX_TIME);
        collect(aggregate).await
    }
}

/// With this order and the first document of each, the server need not read any other document.
fn heads_pipeline(window: &Document) -> [Document; 5] {
    [
        doc! { "$match": window.clone() },
        doc! { "$sort": { TRAIL: -1, POSITION: -1 } },
        doc! { "$group": { "_id": format!("${TRAIL}"), "last": { "$first": "$$ROOT" } } },
        doc! { "$sort": { "_id": 1 } },
        doc! { "$replaceWith": "$last" },
    ]
}

/// Filter for the trails after `after`, up to and including `end`.
fn range(after: Option<&str>, end: Option<&str>) -> Document {
    let mut range = match after {
        Some(after) => doc! { "$gt": after },
        None => doc! { "$gte": "" },
    };
    if let Some(end) = end {
        range.insert("$lte", end);
    }
    doc! { TRAIL: range }
}

fn trail_of(document: &Document) -> Result<Trail, StoreError> {
    let key = document.get_str(TRAIL).unwrap_or_default();
    Trail::of_key(key).map_err(|invalid| corrupt(AUDIT_EVENTS, key, format!("{TRAIL}: {invalid}")))
}

/// The chain head after `last`, if an event can follow it.
fn chain_head(last: Document, trail: &Trail) -> Result<ChainHead, StoreError> {
    let id = last.get("_id").map(ToString::to_string).unwrap_or_default();
    let position = position(&last);
    let head = from_stored(last).head();
    let fits =
        |head: &ChainHead| head.trail == *trail && i64::try_from(head.seq.get()) == Ok(position);
    head.filter(fits)
        .ok_or_else(|| corrupt(AUDIT_EVENTS, id, "not an event that another can follow"))
}

/// The chain head of a trail, also of one without events.
pub(super) fn or_start(head: Option<ChainHead>, trail: &Trail) -> ChainHead {
    head.unwrap_or_else(|| ChainHead::start(trail.clone()))
}
