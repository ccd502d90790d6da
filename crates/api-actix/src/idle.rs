//! Connections that wait for their clients.
//!
//! The protocol layer bounds the first head of a connection and the pause before the next one. It does not
//! bound a later head that has begun, or an answer that nobody takes: a client could hold a connection for
//! ever with either. So each has, from its last answer on, a time for all of that together. Of an answer that is
//! made while it is sent, each part has that time.

use std::any::Any;
use std::cell::Cell;
use std::error::Error as StdError;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream as Plain;
use actix_web::rt::task::JoinHandle;
use actix_web::rt::{self, time};
use actix_web::web::Bytes;

/// A connection, until it ends.
struct Watched {
    /// A second handle: the first is where nobody else can reach it.
    socket: TcpStream,
    /// When its last answer was made, or the last part of it, unless the server is at work on a request or none has
    /// come.
    since: Cell<Option<Instant>>,
    watch: JoinHandle<()>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

/// Has each connection ended that waits for its client for longer than `limit`.
pub(crate) fn watch(limit: Duration) -> impl Fn(&dyn Any, &mut Extensions) + Send + Sync {
    move |connection, extensions| {
        let tls = || Some(connection.downcast_ref::<TlsStream<Plain>>()?.get_ref().0);
        let Some(socket) = connection.downcast_ref::<Plain>().or_else(tls) else { return };
        // Without a file descriptor to spare, only this watch is missing.
        let Ok(socket) = socket.as_fd().try_clone_to_owned() else { return };
        extensions.insert(Rc::new_cyclic(|watched| Watched {
            socket: socket.into(),
            since: Cell::new(None),
            watch: rt::spawn(end_when_idle(watched.clone(), limit)),
        }));
    }
}

async fn end_when_idle(watched: Weak<Watched>, limit: Duration) {
    let mut left = limit;
    loop {
        time::sleep(left).await;
        let Some(watched) = watched.upgrade() else { return };
        let idle = watched.since.get().map_or(Duration::ZERO, |since| since.elapsed());
        left = limit.saturating_sub(idle);
        if left.is_zero() {
            // It fails when the client has gone already.
            let _ = watched.socket.shutdown(Shutdown::Both);
            return;
        }
    }
}

/// Marks when a connection begins and ends to wait.
pub(crate) async fn mark(
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
        (BodySize::Stream, Some(watched)) => BoxBody::new(Parts { body, watched }),
        _ => body,
    }))
}

/// An answer that is made while it is sent.
struct Parts {
    body: BoxBody,
    watched: Rc<Watched>,
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
        let part = Pin::new(&mut self.body).poll_next(context);
        self.watched.since.set(part.is_ready().then(Instant::now));
        part
    }
}
