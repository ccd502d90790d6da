//! Pages of documents.

use std::collections::HashSet;

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, DocumentId, DocumentQuery, Page, PageSize, PositionTooLarge};
use domain::ports::TenantError;
use futures_util::future::try_join_all;

use super::place::Place;
use super::query;
use crate::call::bounded;
use crate::mongo_error::{MongoError, of_query};
use crate::store::MongoStore;

/// Number of sorted documents that one command fetches: few enough for one response of the server,
/// which has at most 16 MiB.
const CHUNK: usize = 10;

impl MongoStore {
    /// A page of the results of `query`.
    pub(super) async fn page(
        &self,
        place: &Place<'_>,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let mut page = Filling { items: Vec::new(), bytes: 0, size };
        if query.sort.is_by_id() {
            let found = self.by_id(place, query, size.get() + 1).await?;
            for fields in found.documents {
                if !page.takes(place.decode(fields)?) {
                    return Ok(page.with_more());
                }
            }
            return Ok(if found.is_cut { page.with_more() } else { page.without_more() });
        }
        // Sorts the ids first: a hundred large documents exceed the memory of a server-side sort.
        for keys in self.sorted_keys(place, query, size.get() + 1).await?.chunks(CHUNK) {
            let mut found = self.find(place, doc! { "_id": { "$in": keys } }, keys.len()).await?;
            for key in keys {
                let here = found.iter().position(|fields| fields.get("_id") == Some(key));
                let fields = match here {
                    Some(at) => Some(found.swap_remove(at)),
                    // Removed meanwhile, or too large for the same response.
                    None => self.find(place, doc! { "_id": key }, 1).await?.pop(),
                };
                let Some(fields) = fields else { continue };
                if !page.takes(place.decode(fields)?) {
                    return Ok(page.with_more());
                }
            }
        }
        Ok(page.without_more())
    }

    /// The first `limit` documents of `query`, ordered by id.
    async fn by_id(
        &self,
        place: &Place<'_>,
        query: &DocumentQuery,
        limit: usize,
    ) -> Result<Found, TenantError> {
        let filters = query::filters(place, query)?.into_iter();
        let found = filters.map(|filter| self.first(place, filter, limit));
        let found = try_join_all(found).await.map_err(of_query)?;
        Ok(Found::merged(place, found))
    }

    pub(super) async fn look(
        &self,
        place: &Place<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, MongoError> {
        Ok(self.find(place, place.only(id), 1).await?.pop())
    }

    /// As [`Self::find`], but also sees the latest writes (`read_latest`).
    pub(super) async fn look_again(
        &self,
        place: &Place<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, MongoError> {
        let find = find_command(place, place.only(id), 1);
        Ok(first_batch(self.read_latest(self.at(place, find)).await?).pop())
    }

    /// The first `limit` documents that `filter` matches, in ascending order of their keys; fewer
    /// when they are large, because a response of the server has at most 16 MiB.
    pub(super) async fn find(
        &self,
        place: &Place<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<Vec<Fields>, MongoError> {
        let find = find_command(place, filter, limit);
        Ok(first_batch(self.read(self.at(place, find)).await?))
    }

    /// As `find`, with a flag whether the response held all of them.
    async fn first(
        &self,
        place: &Place<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<Found, MongoError> {
        let mut find = find_command(place, filter, limit);
        find.remove("singleBatch");
        let reply = self.read(self.at(place, find)).await?;
        let rest = reply.get_document("cursor").and_then(|cursor| cursor.get_i64("id"));
        let rest = rest.ok().filter(|rest| *rest != 0);
        if let Some(rest) = rest {
            let kill = doc! { "killCursors": place.collection, "cursors": [rest] };
            // On failure, the cursor times out later.
            let _ = bounded(self.link()?.database.run_command(kill)).await;
        }
        Ok(Found { documents: first_batch(reply), is_cut: rest.is_some() })
    }

    /// Those of `keys`, at most a thousand, that exist.
    pub(super) async fn present(
        &self,
        place: &Place<'_>,
        keys: &[String],
    ) -> Result<HashSet<String>, MongoError> {
        let keys = place.keys(keys);
        let mut find = find_command(place, doc! { "_id": { "$in": &keys } }, keys.len());
        find.insert("projection", doc! { "_id": 1 });
        let found = first_batch(self.read(self.at(place, find)).await?);
        Ok(found.iter().filter_map(|fields| place.shown(fields.get("_id"))).collect())
    }

    /// The keys of the first `limit` documents of `query`, in its order.
    async fn sorted_keys(
        &self,
        place: &Place<'_>,
        query: &DocumentQuery,
        limit: usize,
    ) -> Result<Vec<Bson>, TenantError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let aggregate = doc! {
            "aggregate": place.collection,
            "pipeline": query::sorted_ids(place, query, limit)?,
            "cursor": { "batchSize": limit },
        };
        let reply = self.read(self.at(place, aggregate)).await.map_err(of_query)?;
        let found = first_batch(reply);
        if found.first().is_some_and(|first| first.get_bool(query::TOO_LARGE).unwrap_or(false)) {
            return Err(PositionTooLarge.into());
        }
        Ok(found.into_iter().filter_map(|mut fields| fields.remove("_id")).collect())
    }
}

fn find_command(place: &Place<'_>, filter: Fields, limit: usize) -> Fields {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    doc! {
        "find": place.collection,
        "filter": filter,
        "sort": { "_id": 1 },
        "limit": limit,
        "batchSize": limit,
        "singleBatch": true,
    }
}

/// Documents that were found.
struct Found {
    documents: Vec<Fields>,
    /// Whether more documents did not fit into the response.
    is_cut: bool,
}

impl Found {
    /// Merges `parts`, ordered by id. Documents after the end of a truncated part are dropped: its
    /// missing documents may come before them.
    fn merged(place: &Place<'_>, mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let shown = |fields: &Fields| place.shown(fields.get("_id")).unwrap_or_default();
        let cut = parts.iter().filter(|part| part.is_cut);
        let end = cut.filter_map(|part| part.documents.last().map(shown)).min();
        let mut documents: Vec<Fields> =
            parts.into_iter().flat_map(|part| part.documents).collect();
        documents.sort_by_cached_key(shown);
        if let Some(end) = &end {
            documents.retain(|fields| shown(fields) <= *end);
        }
        Self { documents, is_cut: end.is_some() }
    }
}

/// A page that ends before its documents exceed [`Page::MAX_BYTES`].
struct Filling {
    items: Vec<Document>,
    bytes: usize,
    size: PageSize,
}

impl Filling {
    /// Adds `document` if it fits; returns whether it did.
    fn takes(&mut self, document: Document) -> bool {
        self.bytes += document.json().len();
        let full = self.bytes > Page::<Document>::MAX_BYTES && !self.items.is_empty();
        if full || self.items.len() == self.size.get() {
            return false;
        }
        self.items.push(document);
        true
    }

    fn with_more(self) -> Page<Document> {
        Page { items: self.items, more: true }
    }

    fn without_more(self) -> Page<Document> {
        Page { items: self.items, more: false }
    }
}

/// The documents in the reply to a find or aggregate command.
fn first_batch(mut reply: Fields) -> Vec<Fields> {
    let Some(Bson::Document(mut cursor)) = reply.remove("cursor") else { return Vec::new() };
    let Some(Bson::Array(batch)) = cursor.remove("firstBatch") else { return Vec::new() };
    let documents = batch.into_iter().filter_map(|item| match item {
        Bson::Document(fields) => Some(fields),
        _ => None,
    });
    documents.collect()
}
