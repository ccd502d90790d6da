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

/// First transaction number of a session. The driver may have numbered writes of the session before
/// it handed it out, from 1 on, and does not expose the last number. The server treats a number
/// that it has seen as a retry, and does nothing.
const FIRST_TXN_NUMBER: i64 = 1 << 40;
/// A command of this many bytes may take longer by [`EXTRA_TIME`], and larger ones proportionally.
const LARGE_COMMAND: usize = 4 * 1024 * 1024;
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
            let mut lease = self.lease_session().await?;
            command.insert("txnNumber", lease.next_number());
            Retry::Numbered(lease)
        } else {
            Retry::Never
        };
        self.send(&EncodedCommand::write(command)?, retry).await
    }

    /// Executes a write command that is safe to repeat.
    pub(crate) async fn write_idempotent(&self, command: Document) -> Result<i64, MongoError> {
        write_result(&self.send(&EncodedCommand::write(command)?, Retry::Idempotent).await?)
    }

    /// Executes a read command.
    pub(crate) async fn read(&self, mut command: Document) -> Result<Document, MongoError> {
        command.insert("readConcern", doc! { "level": "majority" });
        let command = EncodedCommand::read(command)?;
        self.read_after_election(|_| self.send(&command, Retry::Idempotent)).await
    }

    /// Executes a read command that sees the document for which a write was just refused
    /// ([`ServerFeatures::latest_concern`]).
    ///
    /// [`ServerFeatures::latest_concern`]: crate::open::ServerFeatures::latest_concern
    pub(crate) async fn read_latest(&self, mut command: Document) -> Result<Document, MongoError> {
        let latest =
            bson::serialize_to_bson(&self.features.latest_concern()).map_err(unavailable)?;
        command.insert("readConcern", latest);
        self.send(&EncodedCommand::read(command)?, Retry::Idempotent).await
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
        if let Retry::Numbered(lease) = &mut retry {
            lease.responded = true;
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
        // A write may be reported as done, and then as interrupted before a majority acknowledged
        // it.
        match write_result(&reply) {
            Err(error @ MongoError::Interrupted(_)) => Err(error),
            _ => Ok(reply),
        }
    }

    async fn lease_session(&self) -> Result<SessionLease, MongoError> {
        let connection = self.connection()?;
        let session = match connection.sessions.idle() {
            Some(session) => session,
            None => {
                let start = connection.database.client().start_session().causal_consistency(false);
                let session = Box::new(start.await?);
                NumberedSession { session, number: FIRST_TXN_NUMBER, busy_until: Instant::now() }
            }
        };
        Ok(SessionLease {
            sessions: connection.sessions.clone(),
            session: Some(session),
            responded: false,
        })
    }
}

/// Adds the write concern: acknowledgement by a majority, from its journal.
pub(crate) fn add_write_concern(command: &mut Document) {
    let concern = doc! { "w": "majority", "j": true, "wtimeout": millis(MAX_TIME) };
    command.insert("writeConcern", concern);
}

/// A command as it is sent, with its time limit. Holds bytes: a tree of values takes many times the
/// memory while the command waits for a connection and the server.
struct EncodedCommand {
    bytes: RawDocumentBuf,
    /// Additional time for a large command.
    extra_time: Duration,
}

impl EncodedCommand {
    fn read(command: Document) -> Result<Self, MongoError> {
        let mut bytes = RawDocumentBuf::try_from(&command).map_err(unavailable)?;
        let parts = u32::try_from(bytes.as_bytes().len() / LARGE_COMMAND).unwrap_or(1);
        let extra_time = EXTRA_TIME.saturating_mul(parts);
        bytes.append(cstr!("maxTimeMS"), millis(MAX_TIME + extra_time));
        Ok(Self { bytes, extra_time })
    }

    fn write(command: Document) -> Result<Self, MongoError> {
        let mut encoded = Self::read(command)?;
        let wtimeout = millis(MAX_TIME + encoded.extra_time);
        let concern = rawdoc! { "w": "majority", "j": true, "wtimeout": wtimeout };
        encoded.bytes.append(cstr!("writeConcern"), concern);
        Ok(encoded)
    }
}

/// The number of documents that a write affected, or its error: a reply can report success and
/// still contain an error.
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

/// Outcomes of the documents of a write.
pub(crate) struct BulkWriteResult {
    /// Number of affected documents.
    pub(crate) n: i64,
    /// The refused documents: their indexes in the command, and their error codes.
    pub(crate) refused: Vec<(usize, i32)>,
}

/// The outcome of each document, if a majority confirmed it.
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

/// Sessions whose writes are numbered here. None is returned to the driver, which numbers the
/// writes of its own sessions.
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
    fn idle(&self) -> Option<NumberedSession> {
        let (mut sessions, now) = (self.lock(), Instant::now());
        let idle = sessions.iter().rposition(|session| session.busy_until <= now)?;
        Some(sessions.swap_remove(idle))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<NumberedSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Effect of a retry on the server.
enum Retry {
    /// Recognized by its transaction number.
    Numbered(SessionLease),
    /// Harmless repetition.
    Idempotent,
    /// A second execution, so never sent.
    Never,
}

impl Retry {
    fn session(&mut self) -> Option<&mut ClientSession> {
        match self {
            Self::Numbered(lease) => lease.session.as_mut().map(|session| &mut *session.session),
            Self::Idempotent | Self::Never => None,
        }
    }
}

/// Exclusive use of a session by one command.
struct SessionLease {
    sessions: SessionPool,
    /// Present until the lease is dropped.
    session: Option<NumberedSession>,
    /// Whether the server has responded.
    responded: bool,
}

impl SessionLease {
    fn next_number(&mut self) -> i64 {
        self.session.as_mut().map_or(0, |session| {
            session.number += 1;
            session.number
        })
    }
}

impl Drop for SessionLease {
    fn drop(&mut self) {
        let Some(mut session) = self.session.take() else { return };
        if !self.responded {
            session.busy_until = Instant::now() + CALL_TIMEOUT;
        }
        self.sessions.lock().push(session);
    }
}
