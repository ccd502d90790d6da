//! Error details that all dialects share.

use std::borrow::Cow;

use crate::problem::{Code, Problem};

/// Text of the legacy services' common framework, or else that of version 1.
pub(super) fn default_detail(problem: &Problem) -> Cow<'static, str> {
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
    fn default_detail_is_the_text_of_fastapi_or_of_the_problem() {
        for (code, said) in [
            (Code::RouteNotFound, "Not Found"),
            (Code::MethodNotAllowed, "Method Not Allowed"),
            (Code::Unauthenticated, "Not authenticated"),
            (Code::Internal, "Internal Server Error"),
            (Code::RequestTimeout, "The request took too long to arrive"),
            (Code::TooManyAttempts, "Too many failed attempts"),
        ] {
            assert_eq!(default_detail(&Problem::new(code)), said);
        }
        let large = Problem::new(Code::PayloadTooLarge).because("The body may have up to 1 KiB.");
        assert_eq!(default_detail(&large), "The body may have up to 1 KiB.");
    }
}
