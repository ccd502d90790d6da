//! The byte stream of a connection, under flow control.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{FlowControl, Phase};

/// A stream that reads what its flow control grants.
pub(crate) struct Controlled<T> {
    io: T,
    flow: Rc<FlowControl>,
}

impl<T> Controlled<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io, flow: Rc::new(FlowControl::new()) }
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
        self.flow.phase.set(Phase::TooLarge { padding: padding - size });
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Controlled<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Phase::TooLarge { padding } = self.flow.phase.get() {
            self.pad(padding, buffer);
            return Poll::Ready(Ok(()));
        }
        let credit = ready!(self.flow.poll_credit(context));
        let before = buffer.filled().len();
        let polled = if credit >= buffer.remaining() {
            Pin::new(&mut self.io).poll_read(context, buffer)
        } else {
            let mut part = ReadBuf::new(buffer.initialize_unfilled_to(credit));
            let polled = Pin::new(&mut self.io).poll_read(context, &mut part);
            let read = part.filled().len();
            buffer.advance(read);
            polled
        };
        match polled {
            Poll::Ready(_) => self.flow.note_read(buffer.filled().len() - before),
            Poll::Pending => self.flow.note_wait(),
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
