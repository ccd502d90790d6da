//! Bytes in flight: limits the memory of large requests and responses, per organization or client
//! network and in all (bulkhead).
//!
//! A request acquires bytes as its body arrives and holds them until its response is sent, so that
//! a stalled client holds what it has sent and no more. A response acquires its bytes before it is
//! composed. Small ones are not counted: the number of connections bounds them.

use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes};
use actix_web::{Error, HttpMessage, HttpRequest};
use bulkhead::{Bulkhead, Limits, Permit, Saturated};
use domain::model::{Batch, DocumentLimit};
use domain::ports::Requester;
use domain::service;

use crate::auth::requester;
use crate::problem::Problem;

/// Requests and responses of up to this many bytes are not counted; larger ones acquire bytes in
/// steps of this size.
const STEP: usize = 64 * 1024;
const MIB: usize = 1024 * 1024;

/// Twice the largest document for each organization, and eight times that for all.
const LIMITS: Limits = Limits {
    total: 256 * MIB,
    per_key: 32 * MIB,
    waiting_per_key: 64,
    waiting: 1024,
    max_wait: Duration::from_secs(5),
};

/// The bytes in flight of a process. Clones share them.
#[derive(Debug, Clone)]
pub struct InFlight(Arc<Bulkhead<Requester>>);

impl Default for InFlight {
    fn default() -> Self {
        Self(Bulkhead::new(LIMITS))
    }
}

#[cfg(test)]
impl InFlight {
    /// Bytes that all requests hold.
    pub(crate) fn in_use(&self) -> usize {
        self.0.in_use()
    }
}

/// A request may wait for bytes while it holds some: the largest one fits into the share of one
/// key.
const _: () = assert!(Batch::MAX_BYTES + DocumentLimit::MAX + STEP <= LIMITS.per_key);

/// Bytes in flight that one request holds. Dropping it releases them.
pub(crate) struct RequestBytes {
    in_flight: InFlight,
    requester: Requester,
    permits: Vec<Permit<Requester>>,
    bytes: usize,
}

impl RequestBytes {
    /// Holds no bytes yet; counts for the client of `request`.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let in_flight = request.app_data::<web::Data<InFlight>>();
        let in_flight = in_flight.map(|in_flight| in_flight.get_ref().clone()).unwrap_or_default();
        Self { in_flight, requester: requester(request), permits: Vec::new(), bytes: 0 }
    }

    /// Raises the held bytes to `bytes` in total; waits for permits if necessary. Keeps the bytes
    /// already held if that fails, or if the caller stops waiting.
    pub(crate) async fn raise(&mut self, bytes: usize) -> Result<(), Problem> {
        let Some(more) = self.missing(bytes) else { return Ok(()) };
        let permit = self.in_flight.0.acquire(&self.requester, more).await.map_err(busy)?;
        self.add(permit, more);
        Ok(())
    }

    /// [`Self::raise`] without waiting; returns whether it succeeded.
    pub(crate) fn try_raise(&mut self, bytes: usize) -> bool {
        let Some(more) = self.missing(bytes) else { return true };
        let permit = self.in_flight.0.try_acquire(&self.requester, more);
        permit.map(|permit| self.add(permit, more)).is_ok()
    }

    pub(crate) fn release(&mut self) {
        self.permits.clear();
        self.bytes = 0;
    }

    fn missing(&self, bytes: usize) -> Option<usize> {
        let bytes = bytes.next_multiple_of(STEP);
        (bytes > STEP && bytes > self.bytes).then(|| bytes - self.bytes)
    }

    fn add(&mut self, permit: Permit<Requester>, bytes: usize) {
        self.permits.push(permit);
        self.bytes += bytes;
    }
}

/// Raises the bytes that `request` holds to `bytes` in total; waits for permits if necessary.
pub(crate) async fn hold(request: &HttpRequest, bytes: usize) -> Result<(), Problem> {
    if bytes <= STEP {
        return Ok(());
    }
    let mut held = take(request);
    let raised = held.raise(bytes).await;
    request.extensions_mut().insert(held);
    raised
}

/// [`hold`] without waiting; returns whether it succeeded.
fn try_hold(request: &HttpRequest, bytes: usize) -> bool {
    if bytes <= STEP {
        return true;
    }
    let mut held = take(request);
    let raised = held.try_raise(bytes);
    request.extensions_mut().insert(held);
    raised
}

/// Takes the held bytes out of `request`; the caller puts them back.
fn take(request: &HttpRequest) -> RequestBytes {
    let held = request.extensions_mut().remove();
    held.unwrap_or_else(|| RequestBytes::of(request))
}

/// Returns the result of `read` after acquiring its `size` in bytes. A result that does not fit yet
/// is dropped and read again later, so that nothing large waits in memory.
pub(crate) async fn read<T, F>(
    request: &HttpRequest,
    read: impl Fn() -> F,
    size: impl Fn(&T) -> usize,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, service::Error>>,
{
    let found = read().await?;
    let bytes = size(&found);
    if try_hold(request, bytes) {
        return Ok(found);
    }
    drop(found);
    hold(request, bytes).await?;
    Ok(read().await?)
}

fn busy(_: Saturated) -> Problem {
    service::Error::Overloaded.into()
}

/// Moves the permits of the request into the response body, which holds them until it is sent.
pub(crate) async fn hold_until_sent(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let held = response.request().extensions_mut().remove::<RequestBytes>();
    Ok(match held {
        Some(held) => response.map_body(|_, body| BoxBody::new(HoldingBody { body, _held: held })),
        None => response,
    })
}

/// Response body that holds its permits.
struct HoldingBody {
    body: BoxBody,
    _held: RequestBytes,
}

impl MessageBody for HoldingBody {
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

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse};

    use super::*;
    use crate::problem::Code;

    const SHARE: usize = 4 * STEP;

    /// Limit of one and a half shares, with no wait.
    fn small() -> web::Data<InFlight> {
        let max_wait = Duration::ZERO;
        let limits = Limits { total: SHARE * 3 / 2, per_key: SHARE, max_wait, ..LIMITS };
        web::Data::new(InFlight(Bulkhead::new(limits)))
    }

    fn request(in_flight: &web::Data<InFlight>, client: &str) -> HttpRequest {
        let request = TestRequest::default().app_data(in_flight.clone());
        request.peer_addr(client.parse().unwrap()).to_http_request()
    }

    #[actix_web::test]
    async fn shares_per_client_and_the_total_are_limited() {
        let in_flight = small();
        let (ada, bob) = ("192.0.2.1:80", "192.0.2.2:80");
        let first = request(&in_flight, ada);
        hold(&first, 3 * STEP).await.unwrap();
        let second = request(&in_flight, ada);
        assert_eq!(hold(&second, 2 * STEP).await.unwrap_err().code(), Code::Overloaded);
        hold(&second, STEP).await.unwrap();
        let other = request(&in_flight, bob);
        hold(&other, 2 * STEP).await.unwrap();
        let third = request(&in_flight, bob);
        assert_eq!(hold(&third, 2 * STEP).await.unwrap_err().code(), Code::Overloaded);
        assert_eq!(in_flight.in_use(), 5 * STEP);
        drop(first);
        hold(&third, 2 * STEP).await.unwrap();
        drop((second, other, third));
        assert_eq!(in_flight.in_use(), 0);
    }

    #[actix_web::test]
    async fn a_request_holds_its_peak_and_not_the_sum() {
        let in_flight = small();
        let request = request(&in_flight, "192.0.2.1:80");
        for (needed, taken) in
            [(0, 0), (STEP, 0), (STEP + 1, 2), (2 * STEP, 2), (2 * STEP + 1, 3), (STEP, 3)]
        {
            hold(&request, needed).await.unwrap();
            assert_eq!(in_flight.in_use(), taken * STEP, "{needed}");
        }
    }

    #[actix_web::test]
    async fn a_read_without_room_is_repeated_when_memory_is_free() {
        let in_flight = small();
        let (first, second) =
            (request(&in_flight, "192.0.2.1:80"), request(&in_flight, "192.0.2.1:80"));
        hold(&first, SHARE).await.unwrap();
        let reads = std::cell::Cell::new(0);
        let find = || {
            reads.set(reads.get() + 1);
            async { Ok(2 * STEP) }
        };
        let refused = read(&second, find, |size| *size).await;
        assert_eq!((refused.unwrap_err().code(), reads.get()), (Code::Overloaded, 1));
        drop(first);
        assert_eq!((read(&second, find, |size| *size).await.unwrap(), reads.get()), (2 * STEP, 2));
    }

    #[actix_web::test]
    async fn bytes_are_held_until_the_response_is_sent() {
        let in_flight = small();
        let handler = |request: HttpRequest| async move {
            hold(&request, 2 * STEP).await?;
            Ok::<_, Problem>(HttpResponse::Ok().body("x"))
        };
        let app = App::new()
            .app_data(in_flight.clone())
            .default_service(web::to(handler))
            .wrap(from_fn(hold_until_sent));
        let app = init_service(app).await;
        let response = call_service(&app, TestRequest::default().to_request()).await;
        let (request, response) = response.into_parts();
        drop(request);
        assert_eq!(in_flight.in_use(), 2 * STEP);
        assert_eq!(to_bytes(response.into_body()).await.unwrap(), "x");
        assert_eq!(in_flight.in_use(), 0);
    }
}
