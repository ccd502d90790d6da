//! The open database, which can be reopened while it is in use.

use std::sync::{PoisonError, RwLock};

use redb::{Database, ReadTransaction, ReadableDatabase, WriteTransaction};

/// The open database; empty while it could not be reopened.
pub(crate) struct DatabaseCell(RwLock<Option<Database>>);

impl DatabaseCell {
    pub(crate) fn new(database: Database) -> Self {
        Self(RwLock::new(Some(database)))
    }

    /// A snapshot of the last commit.
    pub(crate) fn begin_read(&self) -> Result<ReadTransaction, redb::Error> {
        self.with(|database| Ok(database.begin_read()?))
    }

    pub(crate) fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        self.with(|database| Ok(database.begin_write()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    /// Replaces the database, and closes the previous one.
    pub(crate) fn replace(&self, database: Option<Database>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = database;
    }

    fn with<T>(
        &self,
        begin: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, redb::Error> {
        let guard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map_or(Err(redb::Error::DatabaseClosed), begin)
    }
}
