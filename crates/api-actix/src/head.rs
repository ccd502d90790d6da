//! HEAD requests.

use actix_web::body::{BodySize, BodyStream, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpRequest};
use futures_util::stream;

/// Marks a HEAD request, which handlers see as GET.
struct HeadOnly;

/// Whether `request` is a HEAD request: it transfers no content, so audit events about a transfer
/// are omitted.
pub(crate) fn is_head_only(request: &HttpRequest) -> bool {
    request.extensions().contains::<HeadOnly>()
}

/// Middleware that handles HEAD as GET without the content (RFC 9110, section 9.3.2). The protocol
/// layer omits the content; streamed content is dropped here, before it is produced.
pub(crate) async fn head_as_get(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.method() != Method::HEAD {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    request.head_mut().method = Method::GET;
    request.extensions_mut().insert(HeadOnly);
    let answer = next.call(request).await?.map_into_boxed_body();
    Ok(answer.map_body(|_, body| match body.size() {
        BodySize::Stream => BoxBody::new(BodyStream::new(stream::empty::<Result<Bytes, Error>>())),
        _ => body,
    }))
}
