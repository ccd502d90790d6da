//! Commands without a driver method: those that identify their collection by its uuid
//! (`collectionUUID`). This module does for them what the driver does for its own methods: read and
//! write concerns, time limits, and a retry after an interruption.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, cstr, doc, rawdoc};
use domain::ports::BoxError;
use mongodb::ClientSession;
use tokio::time::timeout;

use crate::call::{CALL, WORK};
use crate::mongo_error::MongoError;
use crate::store::MongoStore;

/// First transaction number of a session. The driver may have numbered writes of the session before
/// it handed it out, from 1 on, and does not expose the last number. The server treats a number
/// that it has seen as a retry, and does nothing.
const FIRST_NUMBER: i64 = 1 << 40;
/// A command of this many bytes may take longer by [`PART`], and larger ones proportionally longer.
const LARGE: usize = 4 * 1024 * 1024;
const PART: Duration = Duration::from_secs(1);

impl MongoStore {
    /// Executes a write command on one document exactly once, even when it has to be sent twice
    /// (MongoDB specifications, "Retryable Writes"), and returns the number of affected documents.
    /// A standalone server can't distinguish a retry from a new command, so it gets no retry.
    pub(crate) async fn write(&self, command: Document) -> Result<i64, MongoError> {
        written(&self.send_write(command).await?)
    }

    /// Executes a write command on several documents, as [`Self::write`] does, and returns the
    /// refused ones with their error codes.
    pub(crate) async fn write_each(&self, command: Document) -> Result<Each, MongoError> {
        each(&self.send_write(command).await?)
    }

    async fn send_write(&self, mut command: Document) -> Result<Document, MongoError> {
        let again = if self.abilities.retries_writes {
            let mut turn = self.turn().await?;
            command.insert("txnNumber", turn.next_number());
            Again::Numbered(turn)
        } else {
            Again::Never
        };
        self.send(&Sent::write(command)?, again).await
    }

    /// Executes a write command that is safe to repeat.
    pub(crate) async fn repeat(&self, command: Document) -> Result<i64, MongoError> {
        written(&self.send(&Sent::write(command)?, Again::Harmless).await?)
    }

    /// Executes a read command.
    pub(crate) async fn read(&self, mut command: Document) -> Result<Document, MongoError> {
        command.insert("readConcern", doc! { "level": "majority" });
        let command = Sent::read(command)?;
        self.fresh(|| self.send(&command, Again::Harmless)).await
    }

    /// Executes a read command that sees the document for which a write was just refused
    /// ([`Abilities::latest`]).
    ///
    /// [`Abilities::latest`]: crate::open::Abilities::latest
    pub(crate) async fn read_latest(&self, mut command: Document) -> Result<Document, MongoError> {
        let latest = bson::serialize_to_bson(&self.abilities.latest()).map_err(unavailable)?;
        command.insert("readConcern", latest);
        self.send(&Sent::read(command)?, Again::Harmless).await
    }

    async fn send(&self, sent: &Sent, again: Again) -> Result<Document, MongoError> {
        match timeout(CALL + sent.more, self.attempts(&sent.command, again)).await {
            Ok(result) => result,
            Err(elapsed) => Err(unavailable(elapsed)),
        }
    }

    /// Sends `command`, and sends it `again` when it was interrupted.
    async fn attempts(
        &self,
        command: &RawDocumentBuf,
        mut again: Again,
    ) -> Result<Document, MongoError> {
        let first = self.attempt(command.clone(), &mut again).await;
        let result = match (first, &again) {
            (Err(MongoError::Interrupted(_)), Again::Numbered(_) | Again::Harmless) => {
                self.attempt(command.clone(), &mut again).await
            }
            (result, _) => result,
        };
        if let Again::Numbered(turn) = &mut again {
            turn.ended = true;
        }
        result
    }

    async fn attempt(
        &self,
        command: RawDocumentBuf,
        again: &mut Again,
    ) -> Result<Document, MongoError> {
        let link = self.link()?;
        let run = link.database.run_raw_command(command);
        let reply = match again.session() {
            Some(session) => run.session(session).await?,
            None => run.await?,
        };
        // A write may be reported as done, and then as interrupted before a majority acknowledged
        // it.
        match written(&reply) {
            Err(fault @ MongoError::Interrupted(_)) => Err(fault),
            _ => Ok(reply),
        }
    }

    async fn turn(&self) -> Result<Turn, MongoError> {
        let link = self.link()?;
        let kept = match link.sessions.idle() {
            Some(kept) => kept,
            None => {
                let start = link.database.client().start_session().causal_consistency(false);
                let session = Box::new(start.await?);
                Numbered { session, number: FIRST_NUMBER, busy_until: Instant::now() }
            }
        };
        Ok(Turn { sessions: link.sessions.clone(), kept: Some(kept), ended: false })
    }
}

/// Adds the write concern: acknowledgement by a majority, from its journal.
pub(crate) fn acknowledge(command: &mut Document) {
    let concern = doc! { "w": "majority", "j": true, "wtimeout": millis(WORK) };
    command.insert("writeConcern", concern);
}

/// A command as it is sent, with its time limit. Holds bytes: a tree of values takes many times the
/// memory while the command waits for a connection and the server.
struct Sent {
    command: RawDocumentBuf,
    /// Additional time for a large command.
    more: Duration,
}

impl Sent {
    fn read(command: Document) -> Result<Self, MongoError> {
        let mut command = RawDocumentBuf::try_from(&command).map_err(unavailable)?;
        let more =
            PART.saturating_mul(u32::try_from(command.as_bytes().len() / LARGE).unwrap_or(1));
        command.append(cstr!("maxTimeMS"), millis(WORK + more));
        Ok(Self { command, more })
    }

    fn write(command: Document) -> Result<Self, MongoError> {
        let mut sent = Self::read(command)?;
        let concern = rawdoc! { "w": "majority", "j": true, "wtimeout": millis(WORK + sent.more) };
        sent.command.append(cstr!("writeConcern"), concern);
        Ok(sent)
    }
}

/// The number of documents that a write affected, or its error: a reply can report success and
/// still contain an error.
pub(crate) fn written(reply: &Document) -> Result<i64, MongoError> {
    // A refusal without a majority is not final: the conflicting document may be rolled back.
    let error = reply.get_document("writeConcernError").ok().or_else(|| {
        let errors = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
        errors.and_then(Bson::as_document)
    });
    match error {
        Some(error) => {
            let code = error.get_i32("code").unwrap_or_default();
            Err(MongoError::of(code, format!("write refused with code {code}")))
        }
        None => Ok(reply.get("n").and_then(whole).unwrap_or_default()),
    }
}

/// Outcomes of the documents of a write.
pub(crate) struct Each {
    /// Number of affected documents.
    pub(crate) n: i64,
    /// The refused documents: their indexes in the command, and their error codes.
    pub(crate) refused: Vec<(usize, i32)>,
}

/// The outcome of each document, if a majority confirmed it.
fn each(reply: &Document) -> Result<Each, MongoError> {
    if reply.contains_key("writeConcernError") {
        return written(reply).map(|n| Each { n, refused: Vec::new() });
    }
    let errors = reply.get_array("writeErrors").map_or(&[][..], Vec::as_slice);
    let refusal = |error: &Document| {
        let index = usize::try_from(error.get_i32("index").ok()?).ok()?;
        Some((index, error.get_i32("code").unwrap_or_default()))
    };
    let refused = errors.iter().filter_map(|error| refusal(error.as_document()?)).collect();
    Ok(Each { n: reply.get("n").and_then(whole).unwrap_or_default(), refused })
}

fn whole(number: &Bson) -> Option<i64> {
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
pub(crate) struct Sessions(Arc<Mutex<Vec<Numbered>>>);

struct Numbered {
    session: Box<ClientSession>,
    number: i64,
    /// Time until which the server may still work on an abandoned command: the next command would
    /// have to wait for it.
    busy_until: Instant,
}

impl Sessions {
    fn idle(&self) -> Option<Numbered> {
        let (mut kept, now) = (self.lock(), Instant::now());
        let idle = kept.iter().rposition(|kept| kept.busy_until <= now)?;
        Some(kept.swap_remove(idle))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Numbered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Effect of a retry on the server.
enum Again {
    /// Recognized by its transaction number.
    Numbered(Turn),
    /// Harmless repetition.
    Harmless,
    /// A second execution, so never sent.
    Never,
}

impl Again {
    fn session(&mut self) -> Option<&mut ClientSession> {
        match self {
            Self::Numbered(turn) => turn.kept.as_mut().map(|kept| &mut *kept.session),
            Self::Harmless | Self::Never => None,
        }
    }
}

/// Exclusive use of a session by one command.
struct Turn {
    sessions: Sessions,
    /// Present until the turn is dropped.
    kept: Option<Numbered>,
    /// Whether the server has responded.
    ended: bool,
}

impl Turn {
    fn next_number(&mut self) -> i64 {
        self.kept.as_mut().map_or(0, |kept| {
            kept.number += 1;
            kept.number
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut kept) = self.kept.take() else { return };
        if !self.ended {
            kept.busy_until = Instant::now() + CALL;
        }
        self.sessions.lock().push(kept);
    }
}
