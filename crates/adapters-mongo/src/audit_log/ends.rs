//! Chain heads of trails.

use std::time::{Duration, Instant};

use bson::{Bson, Document, doc};
use domain::model::{Head, Page, PageSize, Trail};
use domain::ports::{Causes, StoreError};
use futures_util::TryStreamExt;
use mongodb::options::ReadConcern;
use quick_cache::sync::Cache;

use super::stored::{from_stored, place};
use crate::call::{WORK, bounded};
use crate::mongo_error::MongoError;
use crate::records::corrupt;
use crate::schema::{AUDIT_EVENTS, PLACE, TRAIL};
use crate::store::MongoStore;

/// Maximum number of cached chain heads: about 3 MB.
const CAPACITY: usize = 10_000;
/// Lifetime of a cached chain head. The index of positions detects a stale one.
const REMEMBERED: Duration = Duration::from_secs(30);
/// Number of entries of the index of positions in which one command looks for chain heads.
const WINDOW: u64 = 500;

/// Cache of chain heads that a majority had a moment ago: assumptions about where the next event
/// follows.
pub(crate) struct Ends(Cache<Trail, (Head, Instant)>);

impl Default for Ends {
    fn default() -> Self {
        Self(Cache::new(CAPACITY))
    }
}

impl Ends {
    pub(super) fn guess(&self, trail: &Trail) -> Option<Head> {
        let (head, since) = self.0.get(trail)?;
        (since.elapsed() < REMEMBERED).then_some(head)
    }

    /// Caches an acknowledged chain head.
    pub(super) fn note(&self, head: &Head) {
        self.0.insert(head.trail.clone(), (head.clone(), Instant::now()));
    }

    pub(super) fn forget(&self, trail: &Trail) {
        self.0.remove(trail);
    }
}

impl MongoStore {
    /// The stored chain head of `trail`, with the read concern `concern`.
    pub(super) async fn stored_end(
        &self,
        trail: &Trail,
        concern: Option<ReadConcern>,
    ) -> Result<Option<Head>, StoreError> {
        self.outermost(trail, -1, concern).await?.map(|last| end(last, trail)).transpose()
    }

    /// The first and the last position of `trail`.
    pub(super) async fn stored_places(
        &self,
        trail: &Trail,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        let first = self.outermost(trail, 1, None).await?;
        let last = self.outermost(trail, -1, None).await?;
        Ok(first.zip(last).map(|(first, last)| (place(&first), place(&last))))
    }

    /// The first document of `trail` in this order of positions.
    async fn outermost(
        &self,
        trail: &Trail,
        order: i32,
        concern: Option<ReadConcern>,
    ) -> Result<Option<Document>, MongoError> {
        let link = self.link()?;
        let find = link.collections.audit_events.find_one(doc! { TRAIL: trail.key() });
        let mut find = find.sort(doc! { TRAIL: order, PLACE: order }).max_time(WORK);
        if let Some(concern) = concern {
            find = find.read_concern(concern);
        }
        bounded(find).await
    }

    /// Lists the chain heads of all trails. The server skips from one trail to the next in the
    /// index only if a command asks for all trails in a range; so the range ends at a trail that a
    /// lookahead finds.
    pub(super) async fn list_ends(
        &self,
        after: Option<&Trail>,
        size: PageSize,
    ) -> Result<Page<Head>, StoreError> {
        let (mut heads, mut last) = (Vec::new(), after.map(|trail| trail.key().to_owned()));
        while heads.len() <= size.get() {
            let window_end = self.fresh(|| self.look_ahead(last.as_deref())).await?;
            let window = range(last.as_deref(), window_end.as_deref());
            for document in self.fresh(|| self.ends_in(&window)).await? {
                match trail_of(&document).and_then(|trail| end(document, &trail)) {
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
        Ok(Page::cut(heads, size))
    }

    /// The trail at the end of the window that begins after the trail `last`; none when there are
    /// no more.
    async fn look_ahead(&self, last: Option<&str>) -> Result<Option<String>, MongoError> {
        let link = self.link()?;
        let find = link.collections.audit_events.find_one(range(last, None));
        let find = find.sort(doc! { TRAIL: 1, PLACE: 1 }).skip(WINDOW);
        let found = bounded(find.projection(doc! { "_id": 0, TRAIL: 1 }).max_time(WORK)).await?;
        Ok(found.and_then(|mut found| match found.remove(TRAIL) {
            Some(Bson::String(trail)) => Some(trail),
            _ => None,
        }))
    }

    /// The last document of each trail in `window`, in ascending order of the trails.
    async fn ends_in(&self, window: &Document) -> Result<Vec<Document>, MongoError> {
        let link = self.link()?;
        let pipeline = ends_in(window);
        let aggregate = link.collections.audit_events.aggregate(pipeline).max_time(WORK);
        bounded(async { aggregate.await?.try_collect().await }).await
    }
}

/// With this order and the first document of each, the server need not read any other document.
fn ends_in(window: &Document) -> [Document; 5] {
    [
        doc! { "$match": window.clone() },
        doc! { "$sort": { TRAIL: -1, PLACE: -1 } },
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
fn end(last: Document, trail: &Trail) -> Result<Head, StoreError> {
    let (place, id) = (place(&last), last.get("_id").map(ToString::to_string).unwrap_or_default());
    let head = from_stored(last).head();
    let fits = |head: &Head| head.trail == *trail && i64::try_from(head.seq.get()) == Ok(place);
    let good = head.filter(fits);
    good.ok_or_else(|| corrupt(AUDIT_EVENTS, id, "not an event that another can follow"))
}

/// The chain head of a trail, also of one without events.
pub(super) fn or_start(end: Option<Head>, trail: &Trail) -> Head {
    end.unwrap_or_else(|| Head::start(trail.clone()))
}
