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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_operation_has_words_for_is_said_in_those_of_the_framework_or_the_problem() {
        for (code, said) in [
            (Code::RouteNotFound, "Not Found"),
            (Code::MethodNotAllowed, "Method Not Allowed"),
            (Code::Unauthenticated, "Not authenticated"),
            (Code::Internal, "Internal Server Error"),
            (Code::RequestTimeout, "The request took too long to arrive"),
            (Code::TooManyAttempts, "Too many failed attempts"),
        ] {
            assert_eq!(usual(&Problem::new(code)), said);
        }
        let large = Problem::new(Code::PayloadTooLarge).because("The body may have up to 1 KiB.");
        assert_eq!(usual(&large), "The body may have up to 1 KiB.");
    }
}
