//! Bodies.

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::fields::Root;
use super::{Fields, FromFields, parse};
use crate::problem::{Code, FieldError, Place, Problem};

/// The greatest body of any request, in bytes.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// The body of a request, read and checked.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: FromFields + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let checked = announced(request, T::LIMIT).and_then(|()| media_type::<T>(request));
        let payload = payload.take();
        Box::pin(async move {
            checked?;
            let bytes = collected(payload, T::LIMIT).await?;
            read(parse(&bytes)?).map(Self)
        })
    }
}

/// The body of `request` as it is.
pub(crate) async fn bytes(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, Problem> {
    announced(request, limit)?;
    collected(payload, limit).await
}

/// Refuses a body that is said to be too large, before any of it is read.
fn announced(request: &HttpRequest, limit: usize) -> Result<(), Problem> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match length.and_then(|text| text.parse::<u64>().ok()) {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        _ => Ok(()),
    }
}

async fn collected(mut payload: Payload, limit: usize) -> Result<Bytes, Problem> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| {
            Problem::new(Code::BadRequest)
                .because("The body ended early, or its encoding is broken.")
        })?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large(limit: usize) -> Problem {
    let detail = format!("The body may have up to {} KiB.", limit / 1024);
    Problem::new(Code::PayloadTooLarge).because(detail)
}

fn media_type<T: FromFields>(request: &HttpRequest) -> Result<(), Problem> {
    if T::MEDIA_TYPES.iter().any(|known| request.content_type().eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    let accepted = T::MEDIA_TYPES.join(", ");
    let problem = Problem::new(Code::UnsupportedMediaType)
        .because(format!("The body has to be sent as {}.", T::MEDIA_TYPES.join(" or ")));
    Err(match HeaderValue::from_str(&accepted) {
        Ok(accepted) => problem.with_header(accept(request), accepted),
        Err(_) => problem,
    })
}

/// RFC 9110, section 15.5.16, and RFC 5789, section 2.2.
fn accept(request: &HttpRequest) -> HeaderName {
    match request.method().as_str() {
        "PATCH" => HeaderName::from_static("accept-patch"),
        _ => ACCEPT,
    }
}

fn read<T: FromFields>(value: Value) -> Result<T, Problem> {
    let read = match value {
        Value::Object(members) => Fields::read(members, Root::Body(String::new())),
        _ => {
            let place = Place::Pointer(String::new());
            Err(vec![FieldError::new(place, "type", "must be an object")])
        }
    };
    read.map_err(|errors| Problem::invalid(Code::ValidationFailed, errors))
}
