//! How a dialect says no.

use std::borrow::Cow;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use serde_json::{Value, json};

use crate::problem::{Code, Problem};

/// What a dialect says of a failure that none of its operations has words for.
#[derive(Clone, Copy)]
pub(crate) struct Voice(pub(super) fn(&Problem) -> Value);

impl Voice {
    /// The body of the answer to `problem`.
    pub(crate) fn body(self, problem: &Problem) -> Value {
        json!({ "detail": (self.0)(problem) })
    }
}

/// Around all operations of a dialect: what fails within is said in its voice.
pub(super) async fn speak(
    voice: Voice,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    request.extensions_mut().insert(voice);
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// What all dialects say alike: what their framework says of it, or what version 1 does.
pub(super) fn usual(problem: &Problem) -> Cow<'static, str> {
    match problem.code() {
        Code::RouteNotFound => "Not Found".into(),
        Code::MethodNotAllowed => "Method Not Allowed".into(),
        Code::Unauthenticated => "Not authenticated".into(),
        Code::Internal => "Internal Server Error".into(),
        Code::PayloadTooLarge | Code::BadRequest => problem.detail().to_owned().into(),
        code => code.title().into(),
    }
}
