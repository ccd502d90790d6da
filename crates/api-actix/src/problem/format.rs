//! Format of error bodies.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use serde_json::{Value, json};

use super::Problem;

/// Formats the errors of a legacy dialect, which has them in a member `detail` of its own shape.
/// Without one, errors are problem details (RFC 9457).
#[derive(Clone, Copy)]
pub(crate) struct ErrorFormat(pub(crate) fn(&Problem) -> Value);

impl ErrorFormat {
    /// Formats the body of the response for `problem`.
    pub(crate) fn body(self, problem: &Problem) -> Value {
        json!({ "detail": (self.0)(problem) })
    }
}

/// Middleware that formats the errors of the operations it wraps.
pub(crate) async fn set_error_format(
    format: ErrorFormat,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(format);
    Ok(next.call(request).await?.map_into_boxed_body())
}
