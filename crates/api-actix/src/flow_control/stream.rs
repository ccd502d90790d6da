//! The byte stream of a connection, under flow control.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::web::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{FlowControl, PORTION, ReadPhase};

/// A stream that passes on what its flow control allows.
pub(crate) struct Controlled<T> {
    io: T,
    /// Bytes that were read and may not be passed on yet; at most [`PORTION`].
    ahead: BytesMut,
    flow: Rc<FlowControl>,
}

impl<T> Controlled<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io, ahead: BytesMut::new(), flow: Rc::new(FlowControl::new()) }
    }

    pub(crate) fn get_ref(&self) -> &T {
        &self.io
    }

    pub(crate) fn flow(&self) -> &Rc<FlowControl> {
        &self.flow
    }

    /// Reads padding, and then the end of the stream.
    fn pad(&self, padding: usize, buffer: &mut ReadBuf<'_>) {
        let size = padding.min(buffer.remaining());
        buffer.initialize_unfilled_to(size).fill(b'x');
        buffer.advance(size);
        self.flow.phase.set(ReadPhase::TooLarge { padding: padding - size });
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Controlled<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let ReadPhase::TooLarge { padding } = self.flow.phase.get() {
            self.pad(padding, buffer);
            return Poll::Ready(Ok(()));
        }
        ready!(self.flow.poll_open(context));
        if self.ahead.is_empty() {
            return self.poll_read_io(context, buffer);
        }
        let fitting = self.ahead.len().min(buffer.remaining());
        let passed = self.flow.pass(self.ahead.get(..fitting).unwrap_or_default());
        if passed == 0 {
            return self.flow.park(context);
        }
        buffer.put_slice(&self.ahead.split_to(passed));
        self.flow.is_ahead.set(!self.ahead.is_empty());
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + Unpin> Controlled<T> {
    /// Reads into `buffer`, and keeps what may not be passed on yet.
    fn poll_read_io(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = PORTION.min(buffer.remaining());
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(size));
        let polled = Pin::new(&mut self.io).poll_read(context, &mut part);
        if polled.is_pending() {
            return self.flow.park(context);
        }
        let bytes = part.filled();
        let passed = self.flow.pass(bytes);
        let kept = bytes.get(passed..).unwrap_or_default();
        let is_end = bytes.is_empty();
        self.ahead.extend_from_slice(kept);
        self.flow.is_ahead.set(!kept.is_empty());
        buffer.advance(passed);
        if passed == 0 && !is_end && matches!(polled, Poll::Ready(Ok(()))) {
            return self.flow.park(context);
        }
        polled
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Controlled<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.flow.note_write(written.is_pending());
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
