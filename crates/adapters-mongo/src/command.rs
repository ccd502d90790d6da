//! Commands without a driver method: those that identify their collection by its uuid
//! (`collectionUUID`). This module does for them what the driver does for its own methods: read and
//! write concerns, time limits, and a retry after an interruption.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, cstr, doc, rawdoc};
use domain::ports::BoxError;
use mongodb::ClientSession;
use tokio::time::timeout;

use crate::call::{CALL_TIMEOUT, MAX_TIME};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// The transaction numbers of a session begin after this one. The driver may have numbered earlier
/// writes of the session, from 1 on, and does not expose the last number. The server treats a write
/// with a number that it has seen as a retry, and does nothing.
const TXN_NUMBER_START: i64 = 1 << 40;
/// Unit of the size of large commands: each full unit adds [`EXTRA_TIME`] to the time limits.
const LARGE_COMMAND_BYTES: usize = 4 * 1024 * 1024;
const EXTRA_TIME: Duration = Duration::from_secs(1);

impl MongoStore {
    /// Executes a write command on one document exactly once, even when it has to be sent twice
    /// (MongoDB specifications, "Retryable Writes"), and returns the number of affected documents.
    /// A standalone server can't distinguish a retry from a new command, so it gets no retry.
    pub(crate) async fn write(&self, command: Document) -> Result<i64, MongoError> {
        write_result(&self.send_write(command).await?)
    }

    /// Executes a write command on several documents, as [`Self::write`] does, and returns the
    /// refused ones with their error codes.
    pub(crate) async fn write_each(
        &self,
        command: Document,
    ) -> Result<BulkWriteResult, MongoError> {
        bulk_write_result(&self.send_write(command).await?)
    }

    async fn send_write(&self, mut command: Document) -> Result<Document, MongoError> {
        let retry = if self.features.retries_writes {
            let mut session = self.check_out_session().await?;
            command.insert("txnNumber", session.next_number());
            Retry::Numbered(session)
        } else {
            Retry::Never
        };
        self.send(&EncodedCommand::for_write(command)?, retry).await
    }

    /// Executes a write command that is safe to repeat.
    pub(crate) async fn write_idempotent(&self, command: Document) -> Result<i64, MongoError> {
        write_result(&self.send(&EncodedCommand::for_write(command)?, Retry::Idempotent).await?)
    }

    /// Executes a read command.
    pub(crate) async fn read(&self, mut command: Document) -> Result<Document, MongoError> {
        command.insert("readConcern", doc! { "level": "majority" });
        let command = EncodedCommand::for_read(command)?;
        self.read_after_election(|_| self.send(&command, Retry::Idempotent)).await
    }

    /// Executes a read command that sees the conflicting document of a write that was just refused
    /// ([`ServerFeatures::latest_concern`]).
    ///
    /// [`ServerFeatures::latest_concern`]: crate::open::ServerFeatures::latest_concern
    pub(crate) async fn read_latest(&self, mut command: Document) -> Result<Document, MongoError> {
        let latest =
            bson::serialize_to_bson(&self.features.latest_concern()).map_err(unavailable)?;
        command.insert("readConcern", latest);
        self.send(&EncodedCommand::for_read(command)?, Retry::Idempotent).await
    }

    async fn send(&self, command: &EncodedCommand, retry: Retry) -> Result<Document, MongoError> {
        let limit = CALL_TIMEOUT + command.extra_time;
        match timeout(limit, self.send_with_retry(&command.bytes, retry)).await {
            Ok(result) => result,
            Err(elapsed) => Err(unavailable(elapsed)),
        }
    }

    /// Sends `command`, and once more after an interruption if `retry` allows that.
    async fn send_with_retry(
        &self,
        command: &RawDocumentBuf,
        mut retry: Retry,
    ) -> Result<Document, MongoError> {
        let first = self.send_once(command.clone(), &mut retry).await;
        let result = match (first, &retry) {
            (Err(MongoError::Interrupted(_)), Retry::Numbered(_) | Retry::Idempotent) => {
                self.send_once(command.clone(), &mut retry).await
            }
            (result, _) => result,
        };
        if let Retry::Numbered(session) = &mut retry {
            session.command_ended = true;
        }
        result
    }

    async fn send_once(
        &self,
        command: RawDocumentBuf,
        retry: &mut Retry,
    ) -> Result<Document, MongoError> {
        let connection = self.connection()?;
        let run = connection.database.run_raw_command(command);
        let reply = match retry.session() {
            Some(session) => run.session(session).await?,
            None => run.await?,
        };
        // The reply to an applied write contains an error if the server was interrupted before a
        // majority acknowledged the write.
        match write_result(&reply) {
            Err(error @ MongoError::Interrupted(_)) => Err(error),
            _ => Ok(reply),
        }
    }

    async fn check_out_session(&self) -> Result<CheckedOutSession, MongoError> {
        let connection = self.connection()?;
        let session = match connection.sessions.take_idle() {
            Some(session) => session,
            None => {
                let start = connection.database.client().start_session().causal_consistency(false);
                let session = Box::new(start.await?);
                NumberedSession { session, number: TXN_NUMBER_START, busy_until: Instant::now() }
            }
        };
        Ok(CheckedOutSession {
            pool: connection.sessions.clone(),
            numbered: Some(session),
            command_ended: false,
        })
    }
}

/// Adds the write concern: acknowledgement by a majority, from its journal.
pub(crate) fn add_write_concern(command: &mut Document) {
    let concern = doc! { "w": "majority", "j": true, "wtimeout": millis(MAX_TIME) };
    command.insert("writeConcern", concern);
}

/// An encoded command with its time limits. While it waits for a connection and the server, its
/// bytes take a fraction of the memory of a tree of values.
struct EncodedCommand {
    bytes: RawDocumentBuf,
    /// Additional time for a large command.
    extra_time: Duration,
}

impl EncodedCommand {
    fn for_read(command: Document) -> Result<Self, MongoError> {
        let mut bytes = RawDocumentBuf::try_from(&command).map_err(unavailable)?;
        let parts = u32::try_from(bytes.as_bytes().len() / LARGE_COMMAND_BYTES).unwrap_or(1);
        let extra_time = EXTRA_TIME.saturating_mul(parts);
        bytes.append(cstr!("maxTimeMS"), millis(MAX_TIME + extra_time));
        Ok(Self { bytes, extra_time })
    }

    fn for_write(command: Document) -> Result<Self, MongoError> {
        let mut encoded = Self::for_read(command)?;
        let wtimeout = millis(MAX_TIME + encoded.extra_time);
        let concern = rawdoc! { "w": "majority", "j": true, "wtimeout": wtimeout };
        encoded.bytes.append(cstr!("writeConcern"), concern);
        Ok(encoded)
    }
}

/// The number of documents that a write affected, or its error: a reply with `ok: 1` can still
/// contain an error.
pub(crate) fn write_result(reply: &Document) -> Result<i64, MongoError> {
    // A refusal without a majority is not final: the conflicting document may be rolled back.
    let error = reply.get_document("writeConcernError").ok().or_else(|| {
        let errors = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
        errors.and_then(Bson::as_document)
    });
    match error {
        Some(error) => {
            let code = error.get_i32("code").unwrap_or_default();
            Err(MongoError::from_code(code, format!("write refused with code {code}")))
        }
        None => Ok(reply.get("n").and_then(integer).unwrap_or_default()),
    }
}

/// Result of a write of several documents.
pub(crate) struct BulkWriteResult {
    /// Number of affected documents.
    pub(crate) n: i64,
    /// The refused documents: their indexes in the command, and their error codes.
    pub(crate) refused: Vec<(usize, i32)>,
}

/// The result of the write, if a majority acknowledged it.
fn bulk_write_result(reply: &Document) -> Result<BulkWriteResult, MongoError> {
    if reply.contains_key("writeConcernError") {
        return write_result(reply).map(|n| BulkWriteResult { n, refused: Vec::new() });
    }
    let errors = reply.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let refusal = |error: &Document| {
        let index = usize::try_from(error.get_i32("index").ok()?).ok()?;
        Some((index, error.get_i32("code").unwrap_or_default()))
    };
    let refused = errors.iter().filter_map(|error| refusal(error.as_document()?)).collect();
    Ok(BulkWriteResult { n: reply.get("n").and_then(integer).unwrap_or_default(), refused })
}

fn integer(number: &Bson) -> Option<i64> {
    number.as_i64().or_else(|| number.as_i32().map(i64::from))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn unavailable(cause: impl Into<BoxError>) -> MongoError {
    MongoError::Unavailable(cause.into())
}

/// Idle sessions whose writes this module numbers. None is returned to the driver, which numbers
/// the writes of its own sessions.
#[derive(Clone, Default)]
pub(crate) struct SessionPool(Arc<Mutex<Vec<NumberedSession>>>);

struct NumberedSession {
    session: Box<ClientSession>,
    number: i64,
    /// Time until which the server may still work on an abandoned command: the next command would
    /// have to wait for it.
    busy_until: Instant,
}

impl SessionPool {
    fn take_idle(&self) -> Option<NumberedSession> {
        let (mut sessions, now) = (self.lock(), Instant::now());
        let idle = sessions.iter().rposition(|session| session.busy_until <= now)?;
        Some(sessions.swap_remove(idle))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<NumberedSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a command may be sent again, and why that is safe.
enum Retry {
    /// The server recognizes the retry by its transaction number.
    Numbered(CheckedOutSession),
    /// A second execution changes nothing.
    Idempotent,
    /// Not sent again: the server would execute it twice.
    Never,
}

impl Retry {
    fn session(&mut self) -> Option<&mut ClientSession> {
        match self {
            Self::Numbered(session) => session.numbered.as_mut().map(|own| &mut *own.session),
            Self::Idempotent | Self::Never => None,
        }
    }
}

/// A session for exclusive use by one command. Returns to the pool when dropped.
struct CheckedOutSession {
    pool: SessionPool,
    /// Present until the drop.
    numbered: Option<NumberedSession>,
    /// False after an abandoned command, on which the server may still work.
    command_ended: bool,
}

impl CheckedOutSession {
    fn next_number(&mut self) -> i64 {
        self.numbered.as_mut().map_or(0, |session| {
            session.number += 1;
            session.number
        })
    }
}

impl Drop for CheckedOutSession {
    fn drop(&mut self) {
        let Some(mut session) = self.numbered.take() else { return };
        if !self.command_ended {
            session.busy_until = Instant::now() + CALL_TIMEOUT;
        }
        self.pool.lock().push(session);
    }
}
