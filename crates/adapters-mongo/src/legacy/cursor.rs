//! Documents of a collection, in batches.

use async_trait::async_trait;
use bson::{Bson, Document, RawDocumentBuf};
use domain::model::{Batch, LegacyCollection, LegacyDocument};
use domain::ports::{LegacyDocuments, StoreError};
use futures_util::TryStreamExt;
use mongodb::{Cursor, Database};

use super::fields::id;
use super::{MIGRATION_TIMEOUT, without_admins};
use crate::call::within;
use crate::json::from_document;
use crate::mongo_error::MongoError;

/// All documents of an organization, in batches.
pub(super) struct Batches(Cursor<RawDocumentBuf>);

impl Batches {
    /// Opens a cursor over the documents of `from` that are not admins.
    pub(super) async fn of(
        database: &Database,
        from: &LegacyCollection,
    ) -> Result<Self, MongoError> {
        let documents = database.collection::<RawDocumentBuf>(&from.name);
        within(MIGRATION_TIMEOUT, documents.find(without_admins(from))).await.map(Self)
    }

    /// The next documents, unconverted; none at the end.
    pub(super) async fn next_raw(&mut self) -> Result<Vec<RawDocumentBuf>, MongoError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < Batch::MAX_LINES && bytes < Batch::MAX_BYTES {
            let Some(document) = within(MIGRATION_TIMEOUT, self.0.try_next()).await? else { break };
            bytes += document.as_bytes().len();
            batch.push(document);
        }
        Ok(batch)
    }
}

#[async_trait]
impl LegacyDocuments for Batches {
    async fn next(&mut self) -> Result<Option<Vec<LegacyDocument>>, StoreError> {
        let read = |raw: RawDocumentBuf| {
            let mut fields = Document::try_from(raw).map_err(StoreError::unavailable)?;
            let id = id(fields.remove("_id").unwrap_or(Bson::Null));
            Ok(LegacyDocument { id, fields: from_document(fields) })
        };
        let batch = self.next_raw().await?.into_iter().map(read);
        let batch = batch.collect::<Result<Vec<_>, StoreError>>()?;
        Ok((!batch.is_empty()).then_some(batch))
    }
}
