//! The database of another service, from which organizations are taken over.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{CollectionName, Legacy, LegacyCollection, LegacyDocument, Placement};

/// How the documents of an organization get to where it has them from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// They are there: the database of the other service is that of the store.
    Stay,
    /// As they are, into another database of the same kind.
    Copy,
    /// As the JSON that is shown of them, into a store that keeps nothing else.
    Import,
}

/// The database of another service. Only [`Self::set_aside`] and [`Self::bring`] change anything, and nothing but what
/// they are asked for; either may be done again, from its start, whenever it was cut short.
#[async_trait]
pub trait LegacyDatabase: Send + Sync {
    /// What people call the database.
    fn name(&self) -> &str;

    /// How documents get from it to the store.
    fn way(&self) -> Way;

    /// MUST read all organizations and admins, also after [`Self::set_aside`].
    async fn read(&self) -> Result<Legacy, StoreError>;

    /// MUST tell how many documents there are that are no admins.
    async fn count(&self, from: &LegacyCollection) -> Result<u64, StoreError>;

    /// MUST read all documents that are no admins.
    async fn documents(
        &self,
        from: &LegacyCollection,
    ) -> Result<Box<dyn LegacyDocuments>, StoreError>;

    /// MUST move what has names that the store needs out of its way, where they are in one database. Not before that
    /// is done as a whole MUST the database be one that the store takes for free.
    async fn set_aside(&self) -> Result<(), StoreError>;

    /// MUST see to it that `to` has all documents that are no admins, and nothing else, with their indexes, and tell
    /// `copied` how many are there every so often. Not to be asked for with [`Way::Import`].
    async fn bring(
        &self,
        from: &LegacyCollection,
        to: &CollectionName,
        copied: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Placement, StoreError>;
}

/// Documents, some at a time.
#[async_trait]
pub trait LegacyDocuments: Send {
    /// The next documents, at least one; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<LegacyDocument>>, StoreError>;
}
