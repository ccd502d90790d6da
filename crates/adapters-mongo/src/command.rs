//! Commands that the driver has no method for: those that say which collection they mean by its uuid
//! (`collectionUUID`). What the driver does for its own methods is done here for them: concerns, time
//! limits, and a second attempt after an interruption.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bson::{Bson, Document, RawDocumentBuf, cstr, doc, rawdoc};
use domain::ports::BoxError;
use mongodb::ClientSession;
use tokio::time::timeout;

use crate::call::{CALL, WORK};
use crate::fault::Fault;
use crate::store::MongoStore;

/// The driver may have numbered writes of a session before it gave it out, from 1 on, and does not tell. The
/// server takes a number that it has seen for a second attempt, and does nothing.
const FIRST_NUMBER: i64 = 1 << 40;
/// A command of so many bytes may take longer by [`PART`], and of several times as many by several times that.
const LARGE: usize = 4 * 1024 * 1024;
const PART: Duration = Duration::from_secs(1);

impl MongoStore {
    /// Carries out a write command on one document, once even when it has to be sent twice (MongoDB
    /// specifications, "Retryable Writes"), and tells how many documents it concerned. A server that stands
    /// alone can't tell a second attempt from a second command, and gets only one.
    pub(crate) async fn write(&self, command: Document) -> Result<i64, Fault> {
        written(&self.send_write(command).await?)
    }

    /// Carries out a write command on several documents, as [`Self::write`] does, and tells which of them were refused
    /// under which code.
    pub(crate) async fn write_each(&self, command: Document) -> Result<Each, Fault> {
        each(&self.send_write(command).await?)
    }

    async fn send_write(&self, mut command: Document) -> Result<Document, Fault> {
        let again = if self.abilities.retries_writes {
            let mut turn = self.turn().await?;
            command.insert("txnNumber", turn.next_number());
            Again::Numbered(turn)
        } else {
            Again::Never
        };
        self.send(&Sent::write(command)?, again).await
    }

    /// Carries out a write command that may be carried out twice.
    pub(crate) async fn repeat(&self, command: Document) -> Result<i64, Fault> {
        written(&self.send(&Sent::write(command)?, Again::Harmless).await?)
    }

    /// Carries out a read command.
    pub(crate) async fn read(&self, mut command: Document) -> Result<Document, Fault> {
        command.insert("readConcern", doc! { "level": "majority" });
        let command = Sent::read(command)?;
        self.fresh(|| self.send(&command, Again::Harmless)).await
    }

    /// The same, with what a write was just refused for ([`Abilities::latest`]).
    ///
    /// [`Abilities::latest`]: crate::open::Abilities::latest
    pub(crate) async fn read_latest(&self, mut command: Document) -> Result<Document, Fault> {
        let latest = bson::serialize_to_bson(&self.abilities.latest()).map_err(unavailable)?;
        command.insert("readConcern", latest);
        self.send(&Sent::read(command)?, Again::Harmless).await
    }

    async fn send(&self, sent: &Sent, again: Again) -> Result<Document, Fault> {
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
    ) -> Result<Document, Fault> {
        let first = self.attempt(command.clone(), &mut again).await;
        let result = match (first, &again) {
            (Err(Fault::Interrupted(_)), Again::Numbered(_) | Again::Harmless) => {
                self.attempt(command.clone(), &mut again).await
            }
            (result, _) => result,
        };
        if let Again::Numbered(turn) = &mut again {
            turn.ended = true;
        }
        result
    }

    async fn attempt(&self, command: RawDocumentBuf, again: &mut Again) -> Result<Document, Fault> {
        let link = self.link()?;
        let run = link.database.run_raw_command(command);
        let reply = match again.session() {
            Some(session) => run.session(session).await?,
            None => run.await?,
        };
        // A write may be reported as done, and then as interrupted before a majority had it.
        match written(&reply) {
            Err(fault @ Fault::Interrupted(_)) => Err(fault),
            _ => Ok(reply),
        }
    }

    async fn turn(&self) -> Result<Turn, Fault> {
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

/// Asks for the acknowledgment of a majority, from its journal.
pub(crate) fn acknowledge(command: &mut Document) {
    let concern = doc! { "w": "majority", "j": true, "wtimeout": millis(WORK) };
    command.insert("writeConcern", concern);
}

/// A command as it is sent, with its time limit. Holds bytes: a tree of values takes many times the memory while the
/// command waits for a connection and the server.
struct Sent {
    command: RawDocumentBuf,
    /// How much longer than others it may take.
    more: Duration,
}

impl Sent {
    fn read(command: Document) -> Result<Self, Fault> {
        let mut command = RawDocumentBuf::try_from(&command).map_err(unavailable)?;
        let more =
            PART.saturating_mul(u32::try_from(command.as_bytes().len() / LARGE).unwrap_or(1));
        command.append(cstr!("maxTimeMS"), millis(WORK + more));
        Ok(Self { command, more })
    }

    fn write(command: Document) -> Result<Self, Fault> {
        let mut sent = Self::read(command)?;
        let concern = rawdoc! { "w": "majority", "j": true, "wtimeout": millis(WORK + sent.more) };
        sent.command.append(cstr!("writeConcern"), concern);
        Ok(sent)
    }
}

/// How many documents a write concerned, or why it failed: a reply can be a success and say otherwise.
pub(crate) fn written(reply: &Document) -> Result<i64, Fault> {
    // A refusal that no majority has is none yet: the document in the way may go again.
    let error = reply.get_document("writeConcernError").ok().or_else(|| {
        let errors = reply.get_array("writeErrors").ok().and_then(|errors| errors.first());
        errors.and_then(Bson::as_document)
    });
    match error {
        Some(error) => {
            let code = error.get_i32("code").unwrap_or_default();
            Err(Fault::of(code, format!("write refused with code {code}")))
        }
        None => Ok(reply.get("n").and_then(whole).unwrap_or_default()),
    }
}

/// What became of the documents of a write.
pub(crate) struct Each {
    /// How many it concerned.
    pub(crate) n: i64,
    /// Which were refused, by their places in the command, and under which codes.
    pub(crate) refused: Vec<(usize, i32)>,
}

/// What became of each document, if that is what a majority knows.
fn each(reply: &Document) -> Result<Each, Fault> {
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

fn unavailable(cause: impl Into<BoxError>) -> Fault {
    Fault::Unavailable(cause.into())
}

/// Sessions whose writes are numbered here. None goes back to the driver, which numbers the writes of its
/// own sessions itself.
#[derive(Clone, Default)]
pub(crate) struct Sessions(Arc<Mutex<Vec<Numbered>>>);

struct Numbered {
    session: Box<ClientSession>,
    number: i64,
    /// Until when the server may be at work on a command that nobody waited for: the next one would have to.
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

/// What a second attempt would be.
enum Again {
    /// Known to the server as such.
    Numbered(Turn),
    /// Harmless.
    Harmless,
    /// A second command.
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

/// The use of a session by one command at a time.
struct Turn {
    sessions: Sessions,
    /// There until the turn is dropped.
    kept: Option<Numbered>,
    /// Whether the server has answered.
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
