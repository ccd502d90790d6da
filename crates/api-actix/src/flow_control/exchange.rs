//! A request and its response, as flow control sees them.

use std::cell::RefCell;
use std::error::Error as StdError;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage};
use futures_util::{Stream, StreamExt, stream};

use super::FlowControl;
use super::framing::{Body, Chunks};

/// A request in progress, from its head to the end of its response.
///
/// It holds the body of the request: a chunked body that nothing holds, the protocol layer would go
/// on to read and discard for as long as the client sends. Held, it is closed as one of known
/// length is: the response announces the end of the connection, and the client has a limited time
/// to stop.
struct Exchange {
    flow: Rc<FlowControl>,
    body: Option<Rc<RefCell<Payload>>>,
    /// Whether there is a response, so that no handler reads the body any more.
    is_answered: bool,
}

/// Reports to flow control when a request begins, when it needs more of its body, and when its
/// response ends.
pub(crate) async fn track(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(flow) = request.conn_data::<Rc<FlowControl>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let payload = request.take_payload();
    flow.begin(framing(&request, &payload));
    let mut exchange = Exchange { flow, body: None, is_answered: false };
    exchange.body = match payload {
        Payload::None => None,
        payload => {
            let body = Rc::new(RefCell::new(payload));
            let payload = read(body.clone(), exchange.flow.clone());
            request.set_payload(Payload::Stream { payload: Box::pin(payload) });
            Some(body)
        }
    };
    let response = next.call(request).await;
    exchange.is_answered = true;
    let response = response?.map_into_boxed_body();
    Ok(response.map_body(|_, body| BoxBody::new(Response { body, _exchange: exchange })))
}

/// The framing of the body of `request`, as the protocol layer understands it.
fn framing(request: &ServiceRequest, payload: &Payload) -> Body {
    if matches!(payload, Payload::None) {
        return Body::Sized(0);
    }
    let value = |name| request.headers().get(name)?.to_str().ok();
    let length = value(CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
    let is_upgrade = value(UPGRADE).is_some_and(|it| it.eq_ignore_ascii_case("websocket"));
    match (value(TRANSFER_ENCODING), length) {
        (Some(_), _) => Body::Chunked(Chunks::default()),
        (None, Some(length)) if !is_upgrade => Body::Sized(length),
        (None, _) => Body::Endless,
    }
}

fn read(
    body: Rc<RefCell<Payload>>,
    flow: Rc<FlowControl>,
) -> impl Stream<Item = <Payload as Stream>::Item> {
    stream::poll_fn(move |context| {
        let polled = body.borrow_mut().poll_next_unpin(context);
        if polled.is_pending() {
            flow.grant();
        } else {
            flow.serve();
        }
        polled
    })
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let body = self.body.as_ref().filter(|_| self.is_answered);
        let is_read = body.map_or(self.body.is_none(), |body| is_complete(&mut body.borrow_mut()));
        self.flow.end(is_read);
    }
}

/// Whether all of `body` has arrived; discards what has.
fn is_complete(body: &mut Payload) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match body.poll_next_unpin(&mut context) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(None) => return true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => return false,
        }
    }
}

/// The body of a response; its end is that of the exchange.
struct Response {
    body: BoxBody,
    _exchange: Exchange,
}

impl MessageBody for Response {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
