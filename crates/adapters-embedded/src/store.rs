//! [`EmbeddedStore`]: opening, read and write transactions.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::ports::StoreError;
use redb::{Database, ReadTransaction, WriteTransaction};

use crate::database_cell::DatabaseCell;
use crate::open::{self, OpenError};
use crate::scans::Scans;
use crate::tx_error::TxError;
use crate::writer::{Reopen, Writer};

/// Pause of writes after the disk was full: retrying clients must not block readers.
const DISK_FULL_PAUSE: Duration = Duration::from_secs(2);

/// All store ports on one embedded database. Clones are handles of the same store. When the last
/// one is dropped, queued writes are completed, and the database is closed before the drop returns.
#[derive(Clone)]
pub struct EmbeddedStore(Arc<Shared>);

/// Fields are dropped in this order: first the writer ends, then the database closes.
struct Shared {
    writer: Writer,
    database: Arc<DatabaseCell>,
    scans: Scans,
}

impl EmbeddedStore {
    /// Creates a store in memory. Its data is lost when the last handle is dropped.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn in_memory() -> Result<Self, OpenError> {
        let reopen = Reopen { open: Box::new(open::reopen_memory), pause: DISK_FULL_PAUSE };
        Self::start(open::memory()?, reopen)
    }

    /// As [`Self::in_memory`], with these limits of scans.
    #[cfg(test)]
    pub(crate) fn in_memory_with(scans: Scans) -> Result<Self, OpenError> {
        let reopen = Reopen { open: Box::new(open::reopen_memory), pause: DISK_FULL_PAUSE };
        Self::start_with(open::memory()?, reopen, scans)
    }

    /// Opens the store in the file `tenantry.redb` of `data_dir`. Creates what does not exist, and
    /// makes it accessible to its owner only.
    ///
    /// # Errors
    /// When the file is in use by another process, not readable or writable, or not a store that
    /// this version supports. Each is displayed as one line with the path.
    pub fn open(data_dir: &Path) -> Result<Self, OpenError> {
        let directory = data_dir.to_owned();
        let reopen =
            Reopen { open: Box::new(move || open::reopen(&directory)), pause: DISK_FULL_PAUSE };
        Self::start(open::file(data_dir)?, reopen)
    }

    /// Whether `data_dir` contains a store, of any version.
    #[must_use]
    pub fn is_in(data_dir: &Path) -> bool {
        open::is_in(data_dir)
    }

    pub(crate) fn start(database: Database, reopen: Reopen) -> Result<Self, OpenError> {
        Self::start_with(database, reopen, Scans::new())
    }

    fn start_with(database: Database, reopen: Reopen, scans: Scans) -> Result<Self, OpenError> {
        let database = Arc::new(DatabaseCell::new(database));
        let writer = Writer::start(Arc::clone(&database), reopen)?;
        Ok(Self(Arc::new(Shared { writer, database, scans })))
    }

    /// Reads the state of the last commit, on the calling thread: a lookup takes microseconds, less
    /// than a switch to another thread and back. Readers and writers do not block each other.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, TxError<E>>,
    ) -> Result<T, E> {
        let tx = self.0.database.begin_read().map_err(StoreError::unavailable)?;
        read(&tx).map_err(TxError::into_error)
    }

    /// Runs a write operation in a group commit; see [`Writer::write`].
    pub(crate) async fn write<T, E>(
        &self,
        operation: impl FnOnce(&WriteTransaction) -> Result<T, TxError<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.0.writer.write(operation).await
    }

    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    pub(crate) fn scans(&self) -> &Scans {
        &self.0.scans
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore").finish_non_exhaustive()
    }
}
