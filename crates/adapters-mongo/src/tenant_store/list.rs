//! Documents by the page.

use std::collections::HashSet;

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, DocumentId, DocumentQuery, Page, PageSize};
use domain::ports::TenantError;

use super::place::Place;
use super::query;
use crate::fault::Fault;
use crate::store::MongoStore;

/// How many documents of an order are fetched at once: few enough for one answer of a server, which has 16 MiB.
const CHUNK: usize = 10;

impl MongoStore {
    /// A page of what `query` asks for.
    pub(super) async fn page(
        &self,
        place: &Place<'_>,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let mut page = Filling { items: Vec::new(), bytes: 0, size };
        if query.sort.is_by_id() {
            for fields in self.find(place, query::filter(place, query)?, size.get() + 1).await? {
                if !page.takes(place.decode(fields)?) {
                    return Ok(page.with_more());
                }
            }
            return Ok(page.without_more());
        }
        // The ids first: a hundred large documents are too much for a server to order.
        for keys in self.sorted_keys(place, query, size.get() + 1).await?.chunks(CHUNK) {
            let mut found = self.find(place, doc! { "_id": { "$in": keys } }, keys.len()).await?;
            for key in keys {
                let here = found.iter().position(|fields| fields.get("_id") == Some(key));
                let fields = match here {
                    Some(at) => Some(found.swap_remove(at)),
                    // Removed meanwhile, or too large for the same answer.
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

    pub(super) async fn look(
        &self,
        place: &Place<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, Fault> {
        Ok(self.find(place, doc! { "_id": place.key(id) }, 1).await?.pop())
    }

    /// The same, with what was written a moment ago.
    pub(super) async fn look_again(
        &self,
        place: &Place<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, Fault> {
        let find = find_command(place, doc! { "_id": place.key(id) }, 1);
        Ok(first_batch(self.read_latest(self.at(place, find)).await?).pop())
    }

    /// The first `limit` documents that `filter` finds, in ascending order of their keys; fewer when they
    /// are large, for an answer of the server has at most 16 MiB.
    pub(super) async fn find(
        &self,
        place: &Place<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<Vec<Fields>, Fault> {
        let find = find_command(place, filter, limit);
        Ok(first_batch(self.read(self.at(place, find)).await?))
    }

    /// Those of `keys`, at most a thousand, under which there are documents.
    pub(super) async fn present(
        &self,
        place: &Place<'_>,
        keys: &[String],
    ) -> Result<HashSet<String>, Fault> {
        let mut find = find_command(place, doc! { "_id": { "$in": keys } }, keys.len());
        find.insert("projection", doc! { "_id": 1 });
        let found = first_batch(self.read(self.at(place, find)).await?);
        let key = |mut fields: Fields| match fields.remove("_id") {
            Some(Bson::String(key)) => Some(key),
            _ => None,
        };
        Ok(found.into_iter().filter_map(key).collect())
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
        let found = first_batch(self.read(self.at(place, aggregate)).await?);
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

/// A page that ends before its documents exceed [`Page::MAX_BYTES`].
struct Filling {
    items: Vec<Document>,
    bytes: usize,
    size: PageSize,
}

impl Filling {
    /// Whether there was room for `document`.
    fn takes(&mut self, document: Document) -> bool {
        self.bytes += serde_json::to_vec(&document).map_or(0, |json| json.len());
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

/// The documents in the reply to a command that finds some.
fn first_batch(mut reply: Fields) -> Vec<Fields> {
    let Some(Bson::Document(mut cursor)) = reply.remove("cursor") else { return Vec::new() };
    let Some(Bson::Array(batch)) = cursor.remove("firstBatch") else { return Vec::new() };
    let documents = batch.into_iter().filter_map(|item| match item {
        Bson::Document(fields) => Some(fields),
        _ => None,
    });
    documents.collect()
}
