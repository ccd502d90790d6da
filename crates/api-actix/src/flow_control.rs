//! Flow control of a connection, below HTTP: bounds what the server reads ahead of the request in
//! progress.
//!
//! The protocol layer (actix-http 3.20) reads whenever bytes arrive. During one request it parses
//! thousands of small or 16 large heads and buffers another 128 KiB; it takes the framing of a
//! response from the request that it parsed last; and it collects responses without content for a
//! client that reads none. It has no settings for that. So the stream below it passes on one
//! request at a time: its head, of at most 64 KiB, while the client receives its responses; then
//! its body, as far as its reader asks for it; and no byte of the next request before the response
//! is composed.

mod exchange;
mod framing;
mod stream;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use framing::{Body, HeadScanner};

pub(crate) use exchange::track;
pub(crate) use stream::Controlled;

/// Maximum size of a head, in bytes: a filter of 16 KiB, percent-encoded, and as much again.
const MAX_HEAD: usize = 64 * 1024;
/// Bytes of a body that are granted at once, and bytes that are read from the socket at once.
const PORTION: usize = 8 * 1024;
/// The size from which on the protocol layer refuses an incomplete head, in bytes.
const REFUSED_HEAD: usize = 128 * 1024;

/// The state of a connection. Its stream and its requests share it.
pub(crate) struct FlowControl {
    phase: Cell<ReadPhase>,
    /// The current head, until it ends.
    scanner: RefCell<HeadScanner>,
    /// What remains of the body of the current request.
    body: Cell<Body>,
    /// Bytes of the body that may be passed on.
    credit: Cell<usize>,
    /// Whether the reader of the body waits for more of it.
    is_wanted: Cell<bool>,
    /// Bytes of the current head that were passed on.
    head: Cell<usize>,
    head_since: Cell<Option<Instant>>,
    /// Whether bytes of the next request have arrived.
    is_ahead: Cell<bool>,
    is_write_blocked: Cell<bool>,
    /// Waits for bytes, or for leave to pass them on.
    reader: Cell<Option<Waker>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ReadPhase {
    /// Waits for a head.
    Head,
    /// A head was passed on, which the protocol layer has to parse before it reads again.
    Parse,
    /// The protocol layer had its turn to parse; it wants more unless a request has begun.
    Parsed,
    /// A head exceeds the limit. Padding, of which so many bytes are left, makes the protocol layer
    /// refuse it: that compares the size of its buffer alone.
    TooLarge { padding: usize },
    /// A request is in progress.
    Request,
    /// The protocol layer discards the rest of a body until the connection ends.
    Discard,
}

impl FlowControl {
    fn new() -> Self {
        Self {
            phase: Cell::new(ReadPhase::Head),
            scanner: RefCell::default(),
            body: Cell::new(Body::Unknown),
            credit: Cell::new(0),
            is_wanted: Cell::new(false),
            head: Cell::new(0),
            head_since: Cell::new(None),
            is_ahead: Cell::new(false),
            is_write_blocked: Cell::new(false),
            reader: Cell::new(None),
        }
    }

    /// The time since the first byte of an incomplete head.
    pub(crate) fn head_age(&self) -> Option<Duration> {
        Some(self.head_since.get()?.elapsed())
    }

    /// A head was parsed; its request has this `body`. What was passed on of it together with the
    /// head is counted already, if its framing was certain.
    fn begin(&self, body: Body) {
        self.phase.set(ReadPhase::Request);
        self.head.set(0);
        self.head_since.set(None);
        self.credit.set(PORTION);
        self.is_wanted.set(false);
        if self.body.get() == Body::Unknown {
            self.body.set(body);
        }
    }

    /// The reader of a body waits for more of it.
    fn grant(&self) {
        self.is_wanted.set(true);
        self.credit.set(self.credit.get().max(PORTION));
        self.wake_reader();
    }

    /// The reader of a body has got what it waited for.
    fn serve(&self) {
        self.is_wanted.set(false);
    }

    /// The response is composed. If the body of the request `is_read`, the next head follows.
    fn end(&self, is_read: bool) {
        self.phase.set(if is_read { ReadPhase::Head } else { ReadPhase::Discard });
        self.body.set(Body::Unknown);
        self.head_since.set(self.is_ahead.get().then(Instant::now));
        self.wake_reader();
    }

    /// Whether bytes may be passed on now. If not, the reader is woken when that changes.
    fn poll_open(&self, context: &Context<'_>) -> Poll<()> {
        match self.phase.get() {
            ReadPhase::Head | ReadPhase::Parse | ReadPhase::Parsed
                if self.is_write_blocked.get() =>
            {
                self.park(context)
            }
            ReadPhase::Head if self.head.get() >= MAX_HEAD => {
                self.read_again(ReadPhase::TooLarge { padding: REFUSED_HEAD }, context)
            }
            ReadPhase::Parse => self.read_again(ReadPhase::Parsed, context),
            // What was passed on was framing alone, or the reader has not seen it yet.
            ReadPhase::Request if self.credit.get() == 0 && self.is_wanted.get() => {
                self.credit.set(PORTION);
                self.read_again(ReadPhase::Request, context)
            }
            ReadPhase::Parsed => {
                self.phase.set(ReadPhase::Head);
                self.poll_open(context)
            }
            _ => Poll::Ready(()),
        }
    }

    /// The length of the part of `bytes` that may be passed on, which counts as passed on.
    fn pass(&self, bytes: &[u8]) -> usize {
        match self.phase.get() {
            ReadPhase::Head => self.pass_head(bytes),
            ReadPhase::Request => {
                let granted = bytes.get(..self.credit.get()).unwrap_or(bytes);
                let passed = self.pass_body(granted);
                self.credit.set(self.credit.get() - passed);
                passed
            }
            ReadPhase::Discard => bytes.len(),
            ReadPhase::Parse | ReadPhase::Parsed | ReadPhase::TooLarge { .. } => 0,
        }
    }

    /// Passes on a head, and with it what has arrived of its body: a response may follow at once,
    /// and the connection goes on only after a body that is complete.
    fn pass_head(&self, bytes: &[u8]) -> usize {
        let room = MAX_HEAD.saturating_sub(self.head.get());
        let fitting = bytes.get(..room).unwrap_or(bytes);
        let (passed, is_end) = self.scanner.borrow_mut().scan(fitting);
        self.head.set(self.head.get() + passed);
        if self.head_since.get().is_none() {
            self.head_since.set(Some(Instant::now()));
        }
        if !is_end {
            return passed;
        }
        self.phase.set(ReadPhase::Parse);
        self.body.set(self.scanner.borrow_mut().finish());
        passed + self.pass_body(bytes.get(passed..).unwrap_or_default())
    }

    fn pass_body(&self, bytes: &[u8]) -> usize {
        let mut body = self.body.get();
        let passed = body.take(bytes);
        self.body.set(body);
        passed
    }

    /// Has the protocol layer parse before it reads again, then in `phase` unless a request begins.
    fn read_again<T>(&self, phase: ReadPhase, context: &Context<'_>) -> Poll<T> {
        self.phase.set(phase);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn park<T>(&self, context: &Context<'_>) -> Poll<T> {
        self.reader.set(Some(context.waker().clone()));
        Poll::Pending
    }

    fn note_write(&self, is_blocked: bool) {
        if self.is_write_blocked.replace(is_blocked) && !is_blocked {
            self.wake_reader();
        }
    }

    fn wake_reader(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}
