//! Database of another service from which organizations are migrated.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{CollectionName, Legacy, LegacyCollection, LegacyDocument, Placement};

/// Transfer mode of documents from the legacy database to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferMode {
    /// They stay where they are: the store uses the legacy database itself.
    Stay,
    /// They are copied unchanged into another database of the same kind.
    Copy,
    /// Their JSON form is imported into a store that holds only JSON.
    Import,
}

/// Database of another service. Only [`Self::set_aside`] and [`Self::transfer`] change anything, and
/// only what they document. Either can be repeated from its start after an interruption.
#[async_trait]
pub trait LegacyDatabase: Send + Sync {
    /// Display name of the database.
    fn name(&self) -> &str;

    /// Transfer mode of documents from the legacy database to the store.
    fn transfer_mode(&self) -> TransferMode;

    /// MUST read all organizations and admins, also after [`Self::set_aside`].
    async fn read(&self) -> Result<Legacy, StoreError>;

    /// MUST return the number of documents that are not admins.
    async fn count(&self, from: &LegacyCollection) -> Result<u64, StoreError>;

    /// MUST read all documents that are not admins.
    async fn documents(
        &self,
        from: &LegacyCollection,
    ) -> Result<Box<dyn LegacyDocuments>, StoreError>;

    /// MUST rename the collections whose names the store needs, where both use one database. The
    /// store MUST NOT find the database free before all of that is done.
    async fn set_aside(&self) -> Result<(), StoreError>;

    /// MUST ensure that `to` holds all documents that are not admins, nothing else, and their
    /// indexes. MUST report the number of copied documents to `copied` from time to time. Callers
    /// MUST NOT use it with [`TransferMode::Import`].
    async fn transfer(
        &self,
        from: &LegacyCollection,
        to: &CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError>;
}

/// Documents of a legacy collection, in batches.
#[async_trait]
pub trait LegacyDocuments: Send {
    /// Returns the next batch, at least one document; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<LegacyDocument>>, StoreError>;
}
