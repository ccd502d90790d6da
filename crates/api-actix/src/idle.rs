//! Connections that wait for their clients.
//!
//! The protocol layer bounds the first head of a connection and the pause before the next one. It
//! does not bound a later head that has begun, or a response that its client does not receive: a client could hold
//! a connection for ever with either. So each connection has an idle timeout from its last answer
//! on, which is shorter while most connections are used, and a later head has the time of the first
//! one. For a streamed answer the timeout applies to each part, and the client has to receive all
//! parts at a minimum rate.

use std::cell::Cell;
use std::error::Error as StdError;
use std::io::ErrorKind;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream as Plain;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::{self, time};
use actix_web::web::Bytes;
use actix_web::{Error, HttpRequest};
use tokio::sync::watch;

use crate::connections::{Connection, Connections};
use crate::flow_control::FlowControl;
use crate::problem::{Code, Problem};
use crate::streams::{LeastRate, Pace};

/// How often work without an end in sight looks whether its client is still there.
const LOOK: Duration = Duration::from_secs(1);

/// A connection, until it ends.
struct Watched {
    /// A second handle: the protocol layer owns the first.
    socket: TcpStream,
    flow: Rc<FlowControl>,
    /// When its last answer was made, or the last part of it, unless the server is at work on a
    /// request or none has come.
    since: Cell<Option<Instant>>,
    watch: JoinHandle<()>,
    _counted: Connection,
}

/// Idle timeouts of a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdleLimits {
    pub(crate) usual: Duration,
    /// While four fifths of the connections are used.
    pub(crate) crowded: Duration,
    /// From the first byte of a later head until it is complete.
    pub(crate) head: Duration,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// Closes connections that are idle for longer than `limits` allow, and at once those of a client
/// network that has used up its share of the connections.
#[derive(Clone)]
pub(crate) struct IdleWatch {
    pub(crate) connections: Connections,
    pub(crate) limits: IdleLimits,
}

impl IdleWatch {
    /// Begins for a connection over `socket`.
    pub(crate) fn begin(&self, socket: &Plain, flow: &Rc<FlowControl>, data: &mut Extensions) {
        // Without a file descriptor to spare, only this watch is missing.
        let Ok(socket) = socket.as_fd().try_clone_to_owned().map(TcpStream::from) else { return };
        let counted = socket.peer_addr().ok().and_then(|peer| self.connections.admit(peer.ip()));
        let Some(counted) = counted else { return end(&socket) };
        let mut limits = self.limits;
        if counted.is_of_proxy() {
            // A proxy expects its idle connections to stay, and would send requests into closed
            // ones.
            limits.crowded = limits.usual;
        }
        let is_crowded = self.connections.is_crowded();
        data.insert(Rc::new_cyclic(|watched| Watched {
            socket,
            flow: flow.clone(),
            since: Cell::new(None),
            watch: rt::spawn(end_when_idle(watched.clone(), limits, is_crowded)),
            _counted: counted,
        }));
    }
}

async fn end_when_idle(
    watched: Weak<Watched>,
    limits: IdleLimits,
    mut is_crowded: watch::Receiver<bool>,
) {
    let mut left = Duration::ZERO;
    loop {
        // `changed` fails once the listener is dropped; then only the time counts.
        tokio::select! {
            // A head that begins in the meantime does not end it.
            () = time::sleep(left.min(limits.head)) => {}
            Ok(()) = is_crowded.changed() => {}
        }
        let limit = if *is_crowded.borrow_and_update() { limits.crowded } else { limits.usual };
        let Some(watched) = watched.upgrade() else { return };
        left = watched.left(limit, limits.head);
        if left.is_zero() {
            return end(&watched.socket);
        }
    }
}

impl Watched {
    /// The time left for the client: `limit` since the last answer, `head` since the first byte of
    /// a head.
    fn left(&self, limit: Duration, head: Duration) -> Duration {
        let Some(since) = self.since.get() else { return limit };
        let age = self.flow.head_age().unwrap_or_default();
        limit.saturating_sub(since.elapsed()).min(head.saturating_sub(age))
    }
}

/// Closes a connection; fails when the client has closed it already.
fn end(socket: &TcpStream) {
    let _ = socket.shutdown(Shutdown::Both);
}

/// Marks when a connection begins and ends to wait.
pub(crate) async fn mark(
    least_rate: LeastRate,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let watched = request.conn_data::<Rc<Watched>>().cloned();
    let waits = |since| {
        if let Some(watched) = &watched {
            watched.since.set(since);
        }
    };
    waits(None);
    let answer = next.call(request).await;
    waits(Some(Instant::now()));
    let answer = answer?.map_into_boxed_body();
    Ok(answer.map_body(|_, body| match (body.size(), watched) {
        (BodySize::Stream, Some(watched)) => {
            BoxBody::new(Parts { body, watched, pace: Pace::new(least_rate), last: 0 })
        }
        _ => body,
    }))
}

/// The output of `work`, which ends early when the client of `request` has closed its connection:
/// the protocol layer drops a request at a reset alone. For work without an end in sight that
/// changes nothing.
pub(crate) async fn while_connected<F: Future>(
    request: &HttpRequest,
    work: F,
) -> Result<F::Output, Problem> {
    let watched = request.conn_data::<Rc<Watched>>().cloned();
    let closed = async {
        while !watched.as_ref().is_some_and(|watched| is_closed(&watched.socket)) {
            time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        output = work => Ok(output),
        () = closed => {
            Err(Problem::new(Code::BadRequest).because("The client closed its connection."))
        }
    }
}

/// Whether the peer of `socket`, which does not block, has closed it, and all that it sent before
/// was read.
fn is_closed(socket: &TcpStream) -> bool {
    match socket.peek(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted),
    }
}

/// A response body that is composed while it is sent.
struct Parts {
    body: BoxBody,
    watched: Rc<Watched>,
    pace: Pace,
    /// The size of the last part, in bytes.
    last: usize,
}

impl MessageBody for Parts {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    /// Is asked for more once there is room: when the client has taken enough of what came before.
    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let waited = self.watched.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        let taken = std::mem::take(&mut self.last);
        if !self.pace.note(waited, taken) {
            // Without the last chunk, so that the client sees that the answer is incomplete.
            end(&self.watched.socket);
            return Poll::Ready(None);
        }
        let part = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(part))) = &part {
            self.last = part.len();
        }
        self.watched.since.set(part.is_ready().then(Instant::now));
        part
    }
}
