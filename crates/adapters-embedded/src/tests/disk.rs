//! A disk in memory that counts, fills up and breaks on demand.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use redb::backends::InMemoryBackend;
use redb::{Builder, Database, StorageBackend};

use crate::EmbeddedStore;
use crate::open::{self, OpenError};
use crate::writer::Reopen;

/// Clones are the same disk: a store that is reopened on it finds the written data.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<State>);

#[derive(Debug, Default)]
struct State {
    memory: InMemoryBackend,
    syncs: AtomicUsize,
    error: Mutex<Option<io::ErrorKind>>,
}

impl Disk {
    pub(super) fn open(&self) -> EmbeddedStore {
        self.open_with_pause(Duration::ZERO)
    }

    pub(super) fn open_with_pause(&self, pause: Duration) -> EmbeddedStore {
        let again = self.clone();
        let reopen = Reopen { open: Box::new(move || again.database()), pause };
        EmbeddedStore::start(self.database().unwrap(), reopen).unwrap()
    }

    /// Number of syncs.
    pub(super) fn syncs(&self) -> usize {
        self.0.syncs.load(Ordering::SeqCst)
    }

    /// Makes every write fail with this error, or succeed again.
    pub(super) fn fail(&self, error: Option<io::ErrorKind>) {
        *self.0.error.lock().unwrap() = error;
    }

    fn database(&self) -> Result<Database, OpenError> {
        open::prepare(Builder::new().create_with_backend(self.clone()), Path::new("test disk"))
    }

    fn check(&self) -> io::Result<()> {
        self.0.error.lock().unwrap().map_or(Ok(()), |error| Err(error.into()))
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.0.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.memory.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check()?;
        self.0.memory.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.check()?;
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        self.0.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.check()?;
        self.0.memory.write(offset, data)
    }
}
