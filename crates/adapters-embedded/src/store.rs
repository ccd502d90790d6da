//! The store: how it is opened, read and written.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::ports::StoreError;
use redb::{Database, ReadTransaction, WriteTransaction};

use crate::open::{self, OpenError};
use crate::scans::Scans;
use crate::slot::Slot;
use crate::stop::Stop;
use crate::writer::{Reopen, Writer};

/// How long writes are refused after the disk was full: clients that try again must not keep readers out.
const PAUSE: Duration = Duration::from_secs(2);

/// All store ports on one embedded database. Clones are handles of the same store; when the last one is
/// dropped, what is queued is written, and the database is closed before the drop returns.
#[derive(Clone)]
pub struct EmbeddedStore(Arc<Shared>);

/// Fields are dropped in this order: first the writer ends, then the database closes.
struct Shared {
    writer: Writer,
    database: Arc<Slot>,
    scans: Scans,
}

impl EmbeddedStore {
    /// A new store in memory, which ends with its last handle.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn in_memory() -> Result<Self, OpenError> {
        let reopen = Reopen { open: Box::new(open::memory_again), pause: PAUSE };
        Self::start(open::memory()?, reopen)
    }

    /// The same, with other bounds of scans.
    #[cfg(test)]
    pub(crate) fn in_memory_with(scans: Scans) -> Result<Self, OpenError> {
        let reopen = Reopen { open: Box::new(open::memory_again), pause: PAUSE };
        Self::start_with(open::memory()?, reopen, scans)
    }

    /// The store in the file `tenantry.redb` of `data_dir`. Both are made, for their owner alone, when
    /// they are not there.
    ///
    /// # Errors
    /// Each in one line that names the file: in use by another process, not to be read or written, or
    /// not a store that this version knows.
    pub fn open(data_dir: &Path) -> Result<Self, OpenError> {
        let directory = data_dir.to_owned();
        let reopen = Reopen { open: Box::new(move || open::again(&directory)), pause: PAUSE };
        Self::start(open::file(data_dir)?, reopen)
    }

    /// Whether `data_dir` has a store, of whatever version.
    #[must_use]
    pub fn is_in(data_dir: &Path) -> bool {
        open::is_in(data_dir)
    }

    pub(crate) fn start(database: Database, reopen: Reopen) -> Result<Self, OpenError> {
        Self::start_with(database, reopen, Scans::new())
    }

    fn start_with(database: Database, reopen: Reopen, scans: Scans) -> Result<Self, OpenError> {
        let database = Arc::new(Slot::new(database));
        let writer = Writer::start(Arc::clone(&database), reopen)?;
        Ok(Self(Arc::new(Shared { writer, database, scans })))
    }

    /// Reads the last commit, on the thread that asks: a lookup takes microseconds, less than the way
    /// to another thread and back, and neither waits for writers nor holds them up.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&ReadTransaction) -> Result<T, Stop<E>>,
    ) -> Result<T, E> {
        let tx = self.0.database.begin_read().map_err(StoreError::unavailable)?;
        look(&tx).map_err(Stop::into_error)
    }

    /// Writes, together with others; see [`Writer::write`].
    pub(crate) async fn write<T, E>(
        &self,
        operation: impl FnOnce(&WriteTransaction) -> Result<T, Stop<E>> + Send + 'static,
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
