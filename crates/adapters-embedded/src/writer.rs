//! Group commit: one thread owns all write transactions.
//!
//! A durable commit costs an fsync, however much it contains. So operations queue up during a
//! commit, and the next commit takes all of them: writes per second grow with the number of
//! concurrent writers. Each operation is acknowledged after its commit, and if that fails, all of
//! its operations fail.
//!
//! redb's quick repair stays off: it halves the commit rate to save time after a crash, which is
//! about a second for each gigabyte.

use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use domain::ports::{Causes, StoreError};
use redb::{Database, WriteTransaction};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::database_cell::DatabaseCell;
use crate::open::OpenError;
use crate::tx_error::TxError;

/// Maximum number of queued operations; the next caller waits for a place in the queue.
const QUEUE_CAPACITY: usize = 1024;
/// Maximum number of operations per commit: enough to make the cost of the fsync negligible, and
/// few enough that the first does not wait long for the last.
const BATCH: usize = 256;

/// Reopening of the database after the disk was full.
pub(crate) struct Reopen {
    /// Reopens the database.
    pub(crate) open: Box<dyn Fn() -> Result<Database, OpenError> + Send>,
    /// Pause of writes between two attempts. Each attempt closes and reopens the database, and
    /// reads fail meanwhile.
    pub(crate) pause: Duration,
}

/// Handle of the writer thread. Dropping it waits until queued operations are written.
pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Operation>>,
    thread: Option<JoinHandle<()>>,
}

type Operation = Box<dyn FnOnce(&WriteTransaction) -> Result<PendingResult, redb::Error> + Send>;
type Respond = Box<dyn FnOnce() + Send>;

/// An operation that ran, and waits for the commit.
struct PendingResult {
    wrote: bool,
    respond: Respond,
}

impl Writer {
    pub(crate) fn start(database: Arc<DatabaseCell>, reopen: Reopen) -> Result<Self, OpenError> {
        let (queue, operations) = mpsc::channel(QUEUE_CAPACITY);
        let worker = Worker { operations, database, reopen, failing: false, disk_full_at: None };
        let thread = thread::Builder::new()
            .name("tenantry-writer".to_owned())
            .spawn(|| worker.run())
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Runs `operation` and returns when its writes are durable. The operation must check before it
    /// writes: once it refuses, it must have written nothing. It completes even if its caller is
    /// dropped.
    pub(crate) async fn write<T, E>(
        &self,
        operation: impl FnOnce(&WriteTransaction) -> Result<T, TxError<E>> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let submitted = self.submit(|tx| {
            let result = match operation(tx) {
                Ok(value) => Ok(value),
                Err(TxError::Refused(refusal)) => Err(refusal),
                Err(TxError::Failed(cause)) => return Err(cause),
            };
            Ok((result.is_ok(), result))
        });
        submitted.await?
    }

    /// Succeeds when a write transaction can begin and, after a failed commit, when one can be
    /// committed.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        self.submit(|_| Ok((false, ()))).await
    }

    /// Number of queued operations.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Queues an operation that returns a value and whether it wrote, and waits for the value.
    async fn submit<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&WriteTransaction) -> Result<(bool, T), redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let operation: Operation = Box::new(move |tx| {
            let (wrote, value) = operation(tx)?;
            // A dropped caller does not need the result.
            let respond = Box::new(move || drop(sender.send(value)));
            Ok(PendingResult { wrote, respond })
        });
        let closed = || StoreError::unavailable("the writer thread has ended");
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.send(operation).await.map_err(|_| closed())?;
        receiver.await.map_err(|_| StoreError::unavailable("the write was not committed"))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("store writer thread panicked");
        }
    }
}

/// The reason for which, as far as is known, nothing of a batch was written.
#[derive(Debug, Error)]
enum Aborted {
    #[error(transparent)]
    Failed(#[from] redb::Error),
    #[error("an operation panicked")]
    Panicked,
    #[error("the disk was full; writes are paused")]
    Full,
    #[error(transparent)]
    Closed(#[from] OpenError),
}

/// State of the writer thread.
struct Worker {
    operations: mpsc::Receiver<Operation>,
    database: Arc<DatabaseCell>,
    reopen: Reopen,
    /// Whether the last batch failed.
    failing: bool,
    /// Time at which the disk was last found full.
    disk_full_at: Option<Instant>,
}

impl Worker {
    fn run(mut self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.operations.blocking_recv_many(&mut batch, BATCH) > 0 {
            // Dropping an operation without a result notifies its caller.
            let result = self.commit(batch.drain(..));
            self.failing = result.is_err();
            match result {
                Ok(responses) => responses.into_iter().for_each(|respond| respond()),
                Err(Aborted::Full) => {}
                Err(cause) => self.recover(&cause),
            }
        }
    }

    fn commit(&self, batch: impl Iterator<Item = Operation>) -> Result<Vec<Respond>, Aborted> {
        if self.database.is_empty() {
            self.database.replace(Some((self.reopen.open)()?));
        }
        if self.disk_full_at.is_some_and(|since| since.elapsed() < self.reopen.pause) {
            return Err(Aborted::Full);
        }
        let tx = self.database.begin_write()?;
        // After a failure only a commit can show that it is over, so then even a check commits.
        let mut commit = self.failing;
        let mut responses = Vec::with_capacity(BATCH);
        for operation in batch {
            // Caught here and not around the transaction, which a panic would leave unfinished.
            // Partial writes of the operation are discarded with the batch.
            let done = catch_unwind(AssertUnwindSafe(|| operation(&tx)));
            let done = done.map_err(|_| Aborted::Panicked)??;
            commit |= done.wrote;
            responses.push(done.respond);
        }
        if commit {
            tx.commit().map_err(redb::Error::from)?;
        } else {
            tx.abort().map_err(redb::Error::from)?;
        }
        Ok(responses)
    }

    /// After an I/O error redb refuses everything until it is reopened. This happens here only when
    /// the disk was full, so that service resumes when there is space. After any other error the
    /// state of the disk is unknown (a failed fsync may have dropped unwritten data, and a second
    /// one succeeds nevertheless), so the store stays down until the process is restarted.
    fn recover(&mut self, cause: &Aborted) {
        tracing::error!(error = %Causes(cause), "store commit failed");
        if !is_disk_full(cause) {
            return;
        }
        self.disk_full_at = Some(Instant::now());
        self.database.replace(None);
        match (self.reopen.open)() {
            Ok(database) => self.database.replace(Some(database)),
            Err(error) => {
                tracing::error!(error = %Causes(&error), "store still can't be reopened, retrying");
            }
        }
    }
}

fn is_disk_full(cause: &Aborted) -> bool {
    let Aborted::Failed(redb::Error::Io(error)) = cause else { return false };
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
