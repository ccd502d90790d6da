//! Pages of documents.

use std::collections::HashSet;

use bson::{Bson, Document as Fields, doc};
use domain::model::{Document, DocumentId, DocumentQuery, Page, PageSize, PositionTooLarge};
use domain::ports::TenantError;
use futures_util::future::try_join_all;

use super::collection_ref::CollectionRef;
use super::query;
use crate::call::with_timeout;
use crate::mongo_error::{MongoError, query_error};
use crate::store::MongoStore;

/// Number of sorted documents that one command fetches: few enough for one response of the server,
/// which has at most 16 MiB.
const CHUNK: usize = 10;

impl MongoStore {
    /// A page of the results of `query`.
    pub(super) async fn page(
        &self,
        collection: &CollectionRef<'_>,
        query: &DocumentQuery,
        size: PageSize,
    ) -> Result<Page<Document>, TenantError> {
        let mut page = PageBuilder { items: Vec::new(), bytes: 0, size };
        if query.sort.is_by_id() {
            let found = self.find_by_id(collection, query, size.get() + 1).await?;
            for fields in found.documents {
                if !page.push(collection.decode(fields)?) {
                    return Ok(page.finish(true));
                }
            }
            return Ok(page.finish(found.is_truncated));
        }
        // Sorts the ids first: a hundred large documents exceed the memory of a server-side sort.
        for keys in self.sorted_keys(collection, query, size.get() + 1).await?.chunks(CHUNK) {
            let mut found =
                self.find(collection, doc! { "_id": { "$in": keys } }, keys.len()).await?;
            for key in keys {
                let index = found.iter().position(|fields| fields.get("_id") == Some(key));
                let fields = match index {
                    Some(at) => Some(found.swap_remove(at)),
                    // Removed meanwhile, or too large for the same response.
                    None => self.find(collection, doc! { "_id": key }, 1).await?.pop(),
                };
                let Some(fields) = fields else { continue };
                if !page.push(collection.decode(fields)?) {
                    return Ok(page.finish(true));
                }
            }
        }
        Ok(page.finish(false))
    }

    /// The first `limit` documents of `query`, ordered by id.
    async fn find_by_id(
        &self,
        collection: &CollectionRef<'_>,
        query: &DocumentQuery,
        limit: usize,
    ) -> Result<DocumentBatch, TenantError> {
        let filters = query::filters(collection, query)?.into_iter();
        let found = filters.map(|filter| self.find_batch(collection, filter, limit));
        let found = try_join_all(found).await.map_err(query_error)?;
        Ok(DocumentBatch::merged(collection, found))
    }

    pub(super) async fn find_document(
        &self,
        collection: &CollectionRef<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, MongoError> {
        Ok(self.find(collection, collection.id_filter(id), 1).await?.pop())
    }

    /// As [`Self::find`], but also sees the latest writes (`read_latest`).
    pub(super) async fn find_latest_document(
        &self,
        collection: &CollectionRef<'_>,
        id: &DocumentId,
    ) -> Result<Option<Fields>, MongoError> {
        let find = find_command(collection, collection.id_filter(id), 1);
        Ok(first_batch(self.read_latest(self.with_uuid(collection, find)).await?).pop())
    }

    /// The first `limit` documents that `filter` matches, in ascending order of their keys; fewer
    /// when they are large, because a response of the server has at most 16 MiB.
    pub(super) async fn find(
        &self,
        collection: &CollectionRef<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<Vec<Fields>, MongoError> {
        let find = find_command(collection, filter, limit);
        Ok(first_batch(self.read(self.with_uuid(collection, find)).await?))
    }

    /// As `find`, with a flag whether the response held all of them.
    async fn find_batch(
        &self,
        collection: &CollectionRef<'_>,
        filter: Fields,
        limit: usize,
    ) -> Result<DocumentBatch, MongoError> {
        let mut find = find_command(collection, filter, limit);
        find.remove("singleBatch");
        let reply = self.read(self.with_uuid(collection, find)).await?;
        let rest = reply.get_document("cursor").and_then(|cursor| cursor.get_i64("id"));
        let rest = rest.ok().filter(|rest| *rest != 0);
        if let Some(rest) = rest {
            let kill = doc! { "killCursors": collection.name, "cursors": [rest] };
            // On failure, the cursor times out later.
            let _ = with_timeout(self.connection()?.database.run_command(kill)).await;
        }
        Ok(DocumentBatch { documents: first_batch(reply), is_truncated: rest.is_some() })
    }

    /// Those of `keys`, at most a thousand, that exist.
    pub(super) async fn existing_ids(
        &self,
        collection: &CollectionRef<'_>,
        keys: &[String],
    ) -> Result<HashSet<String>, MongoError> {
        let keys = collection.all_keys(keys);
        let mut find = find_command(collection, doc! { "_id": { "$in": &keys } }, keys.len());
        find.insert("projection", doc! { "_id": 1 });
        let found = first_batch(self.read(self.with_uuid(collection, find)).await?);
        Ok(found.iter().filter_map(|fields| collection.id_text(fields.get("_id"))).collect())
    }

    /// The keys of the first `limit` documents of `query`, in its order.
    async fn sorted_keys(
        &self,
        collection: &CollectionRef<'_>,
        query: &DocumentQuery,
        limit: usize,
    ) -> Result<Vec<Bson>, TenantError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let aggregate = doc! {
            "aggregate": collection.name,
            "pipeline": query::sorted_ids(collection, query, limit)?,
            "cursor": { "batchSize": limit },
        };
        let reply = self.read(self.with_uuid(collection, aggregate)).await.map_err(query_error)?;
        let found = first_batch(reply);
        if found.first().is_some_and(|first| first.get_bool(query::TOO_LARGE).unwrap_or(false)) {
            return Err(PositionTooLarge.into());
        }
        Ok(found.into_iter().filter_map(|mut fields| fields.remove("_id")).collect())
    }
}

fn find_command(collection: &CollectionRef<'_>, filter: Fields, limit: usize) -> Fields {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    doc! {
        "find": collection.name,
        "filter": filter,
        "sort": { "_id": 1 },
        "limit": limit,
        "batchSize": limit,
        "singleBatch": true,
    }
}

/// Documents that were found.
struct DocumentBatch {
    documents: Vec<Fields>,
    /// Whether more documents did not fit into the response.
    is_truncated: bool,
}

impl DocumentBatch {
    /// Merges `parts`, ordered by id. Documents after the end of a truncated part are dropped: its
    /// missing documents may come before them.
    fn merged(collection: &CollectionRef<'_>, mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let id_text = |fields: &Fields| collection.id_text(fields.get("_id")).unwrap_or_default();
        let cut = parts.iter().filter(|part| part.is_truncated);
        let end = cut.filter_map(|part| part.documents.last().map(id_text)).min();
        let mut documents: Vec<Fields> =
            parts.into_iter().flat_map(|part| part.documents).collect();
        documents.sort_by_cached_key(id_text);
        if let Some(end) = &end {
            documents.retain(|fields| id_text(fields) <= *end);
        }
        Self { documents, is_truncated: end.is_some() }
    }
}

/// A page that ends before its documents exceed [`Page::MAX_BYTES`].
struct PageBuilder {
    items: Vec<Document>,
    bytes: usize,
    size: PageSize,
}

impl PageBuilder {
    /// Adds `document` if it fits; returns whether it did.
    fn push(&mut self, document: Document) -> bool {
        self.bytes += document.json().len();
        let full = self.bytes > Page::<Document>::MAX_BYTES && !self.items.is_empty();
        if full || self.items.len() == self.size.get() {
            return false;
        }
        self.items.push(document);
        true
    }

    fn finish(self, more: bool) -> Page<Document> {
        Page { items: self.items, more }
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
