//! Request bodies.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::rt::time::timeout;
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest, web};
use domain::service::Services;
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::fields::Root;
use super::{FieldReader, FromFields, media_type, parse};
use crate::auth::reauthorize;
use crate::problem::{Code, ErrorLocation, FieldError, Problem};
use crate::{in_flight, offload};

/// Maximum size of a request body without a document, in bytes.
pub(crate) const MAX_BODY: usize = 256 * 1024;
/// Maximum time to receive a body, from the end of the head to the last byte.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// Parsed and validated body of a request.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: FromFields + Send + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let limit = T::limit(request);
        let checked =
            announced(request, limit).and_then(|()| media_type::check(request, T::MEDIA_TYPES));
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            checked?;
            let bytes = received(&request, payload, limit).await?;
            let length = bytes.len();
            let read = move || parse(&bytes).and_then(read);
            offload::run(&request, length, read).await?.map(Self)
        })
    }
}

/// Maximum size of the body of `request` with a document, in bytes.
pub(crate) fn document_limit(request: &HttpRequest) -> usize {
    let services = request.app_data::<web::Data<Services>>();
    services.map_or(MAX_BODY, |services| services.documents.limit().bytes())
}

/// Reads the raw body of `request`.
pub(crate) async fn bytes(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    announced(request, limit)?;
    received(request, payload, limit).await
}

/// Reads the whole body. This may take long, so the caller is authorized again after it.
async fn received(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let body = collected(request, payload, limit, BODY_TIMEOUT).await?;
    reauthorize(request).await;
    Ok(body)
}

/// Rejects a body whose Content-Length exceeds `limit`, before reading any of it.
fn announced(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    match content_length(request) {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        _ => Ok(()),
    }
}

/// Value of the header Content-Length of `request`, if present.
fn content_length(request: &HttpRequest) -> Option<u64> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads the whole body of at most `limit` bytes within `patience`.
async fn collected(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Problem> {
    let collected = timeout(patience, to_end(request, payload, limit)).await;
    collected.unwrap_or_else(|_| Err(Problem::new(Code::RequestTimeout)))
}

async fn to_end(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(Code::BadRequest)
                .because("The body ended early, or its encoding is broken.")
        })?;
        let length = body.len() + chunk.len();
        if length > limit {
            return Err(too_large(limit));
        }
        in_flight::hold(request, length).await?;
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large(limit: usize) -> Problem {
    let detail = if limit.is_multiple_of(1024) {
        format!("The body may have up to {} KiB.", limit / 1024)
    } else {
        format!("The body may have up to {limit} bytes.")
    };
    Problem::new(Code::PayloadTooLarge).because(detail)
}

fn read<T: FromFields>(value: Value) -> Result<T, Problem> {
    let read = match value {
        Value::Object(members) => FieldReader::read(members, Root::Body(String::new())),
        _ => Err(FieldError::new(ErrorLocation::Pointer(""), "type", "must be an object").into()),
    };
    read.map_err(|errors| Problem::invalid(Code::ValidationFailed, errors))
}

#[cfg(test)]
mod tests {
    use actix_web::error::PayloadError;
    use actix_web::rt::task::yield_now;
    use actix_web::test::TestRequest;
    use futures_util::{FutureExt, Stream, stream};

    use super::*;
    use crate::in_flight::InFlight;

    async fn collected_of(payload: Payload, limit: usize, patience: Duration) -> Code {
        let request = TestRequest::default().to_http_request();
        collected(&request, payload, limit, patience).await.unwrap_err().code()
    }

    fn payload(stream: impl Stream<Item = Result<Bytes, PayloadError>> + 'static) -> Payload {
        Payload::Stream { payload: Box::pin(stream) }
    }

    #[actix_web::test]
    async fn an_endless_body_is_refused() {
        let bytes = stream::repeat(Bytes::from_static(b" "));
        let one_by_one = bytes.then(|byte| yield_now().map(|()| Ok(byte)));
        let refused = collected_of(payload(one_by_one), usize::MAX, Duration::from_millis(1)).await;
        assert_eq!(refused, Code::RequestTimeout);
    }

    #[actix_web::test]
    async fn a_stalled_client_holds_only_the_bytes_it_sent() {
        const KIB: usize = 1024;
        let in_flight = InFlight::default();
        for (sent, held) in [(64, 0), (65, 128), (128, 128), (300, 320)] {
            let request = TestRequest::default().app_data(web::Data::new(in_flight.clone()));
            let request = request.append_header((CONTENT_LENGTH, 1024 * KIB)).to_http_request();
            let chunks = stream::iter((0..sent).map(|_| Ok(Bytes::from_static(&[b' '; KIB]))));
            let body = payload(chunks.chain(stream::pending()));
            let body = to_end(&request, body, 1024 * KIB);
            assert!(body.now_or_never().is_none());
            assert_eq!(in_flight.in_use(), held * KIB, "{sent} KiB");
        }
    }

    #[actix_web::test]
    async fn a_stalled_body_times_out() {
        let refused = collected_of(payload(stream::pending()), MAX_BODY, Duration::ZERO).await;
        assert_eq!(refused, Code::RequestTimeout);
    }
}
