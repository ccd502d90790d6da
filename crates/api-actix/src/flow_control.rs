//! Flow control of a connection, below HTTP: bounds what the server reads ahead of the request in
//! progress.
//!
//! The protocol layer (actix-http 3.20) reads whenever bytes arrive. During one request it parses
//! thousands of small or 16 large heads and buffers another 128 KiB, and it collects responses
//! without content for a client that reads none. It has no settings for that. So the stream below
//! it grants credit: between requests a portion at a time, so that the protocol layer parses what
//! it has before it reads more, and only while the client receives its responses; during a request,
//! what the reader of its body asks for. A head may have 64 KiB.

mod exchange;
mod stream;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

pub(crate) use exchange::track;
pub(crate) use stream::Controlled;

/// Maximum size of a head, in bytes: a filter of 16 KiB, percent-encoded, and as much again.
const MAX_HEAD: usize = 64 * 1024;
/// Bytes granted at once: as many as the protocol layer reads at once.
const PORTION: usize = 8 * 1024;
/// The size from which on the protocol layer refuses an incomplete head, in bytes.
const REFUSED_HEAD: usize = 128 * 1024;

/// The state of a connection. Its stream and its requests share it.
pub(crate) struct FlowControl {
    phase: Cell<Phase>,
    /// Bytes that may be read.
    credit: Cell<usize>,
    /// Bytes of the current head that were read between requests.
    head: Cell<usize>,
    head_since: Cell<Option<Instant>>,
    is_write_blocked: Cell<bool>,
    /// Waits for credit.
    reader: Cell<Option<Waker>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits for a head; the protocol layer may have read it.
    Head,
    /// Waits for a head; the protocol layer has parsed all it has by the next read.
    Parse,
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
            phase: Cell::new(Phase::Head),
            credit: Cell::new(PORTION),
            head: Cell::new(0),
            head_since: Cell::new(None),
            is_write_blocked: Cell::new(false),
            reader: Cell::new(None),
        }
    }

    /// The time since the first byte of an incomplete head.
    pub(crate) fn head_age(&self) -> Option<Duration> {
        Some(self.head_since.get()?.elapsed())
    }

    /// A head is complete. Without any credit a reset of the connection would not be noticed.
    fn begin(&self) {
        self.phase.set(Phase::Request);
        self.head.set(0);
        self.head_since.set(None);
        self.credit.set(self.credit.get().max(1));
    }

    /// The reader of a body waits for more of it.
    fn grant(&self) {
        self.credit.set(self.credit.get().max(PORTION));
        self.wake_reader();
    }

    /// The response is composed. If the body of the request `is_read`, the next head follows.
    fn end(&self, is_read: bool) {
        self.phase.set(if is_read { Phase::Head } else { Phase::Discard });
        self.wake_reader();
    }

    /// Bytes that may be read now.
    fn poll_credit(&self, context: &Context<'_>) -> Poll<usize> {
        match (self.phase.get(), self.credit.get()) {
            (Phase::Discard, _) => Poll::Ready(usize::MAX),
            (Phase::Head | Phase::Parse, _) if self.is_write_blocked.get() => self.park(context),
            (Phase::Request, 0) => self.park(context),
            (Phase::Head, 0) => self.read_again(Phase::Parse, context),
            (Phase::Parse, _) => match MAX_HEAD.saturating_sub(self.head.get()) {
                0 => self.read_again(Phase::TooLarge { padding: REFUSED_HEAD }, context),
                more => {
                    self.phase.set(Phase::Head);
                    self.credit.set(more.min(PORTION));
                    Poll::Ready(self.credit.get())
                }
            },
            (_, credit) => Poll::Ready(credit),
        }
    }

    /// Has the protocol layer parse before it reads again, then in `phase` unless a request begins.
    fn read_again<T>(&self, phase: Phase, context: &Context<'_>) -> Poll<T> {
        self.phase.set(phase);
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn park<T>(&self, context: &Context<'_>) -> Poll<T> {
        self.reader.set(Some(context.waker().clone()));
        Poll::Pending
    }

    fn note_read(&self, bytes: usize) {
        self.credit.set(self.credit.get().saturating_sub(bytes));
        if self.phase.get() == Phase::Head && bytes > 0 {
            self.head.set(self.head.get() + bytes);
            if self.head_since.get().is_none() {
                self.head_since.set(Some(Instant::now()));
            }
        }
    }

    /// The protocol layer parses what it has while it waits for more.
    fn note_wait(&self) {
        if self.phase.get() == Phase::Head {
            self.phase.set(Phase::Parse);
        }
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
