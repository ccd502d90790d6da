//! Problem details (RFC 9457), the error format of this API.

mod body;
mod code;
mod field_error;
mod format;
mod from_domain;
mod render;

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use domain::ports::{BoxError, Causes};
use serde::Serialize;
use serde_json::{Value, json};

pub(crate) use body::ProblemBody;
pub(crate) use code::Code;
pub(crate) use field_error::{ErrorLocation, FieldError, FieldErrors};
pub(crate) use format::{ErrorFormat, set_error_format};
pub(crate) use render::{Rendered, render, rendered};

/// Media type of problem details.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Error on its way to the client. [`render()`] adds the body.
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    errors: FieldErrors,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    cause: Option<BoxError>,
    import: Option<Box<Value>>,
}

impl Problem {
    /// Creates a problem with the explanation of its code as the detail.
    pub(crate) fn new(code: Code) -> Self {
        let detail = Cow::Borrowed(code.explanation());
        Self {
            code,
            detail,
            errors: FieldErrors::default(),
            header: None,
            cause: None,
            import: None,
        }
    }

    /// Creates a problem for invalid fields or parameters.
    pub(crate) fn invalid(code: Code, errors: impl Into<FieldErrors>) -> Self {
        let errors = errors.into();
        let detail = match errors.as_slice() {
            [error] => error.to_string(),
            several => format!("{} values are not valid; see `errors`", several.len()),
        };
        Self { errors, ..Self::new(code).because(detail) }
    }

    /// Sets the detail of this occurrence. It must not contain a rejected value.
    pub(crate) fn because(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// Adds a header, such as one that lists the accepted values.
    pub(crate) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self { header: Some(Box::new((name, value))), ..self }
    }

    /// Adds the cause for the log; clients never see it.
    pub(crate) fn caused_by(self, cause: impl Into<BoxError>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    /// Adds the `report` of an import that was aborted.
    pub(crate) fn of_import(self, report: &impl Serialize) -> Self {
        Self { import: serde_json::to_value(report).ok().map(Box::new), ..self }
    }

    /// First field error; an error of the whole body if there is none.
    pub(crate) fn into_first_error(self) -> FieldError {
        let first = self.errors.into_first();
        first.unwrap_or_else(|| {
            FieldError::new(ErrorLocation::Pointer(""), self.code.as_str(), self.detail)
        })
    }

    /// Problem details as JSON, for a response to `request` whose status has already been sent.
    pub(crate) fn details(&self, request: &HttpRequest) -> Value {
        self.report();
        json!(ProblemBody::new(self, request))
    }

    /// Size of the list of errors as JSON, in bytes.
    pub(crate) fn errors_size(&self) -> usize {
        serde_json::to_vec(self.errors.as_slice()).map_or(0, |json| json.len())
    }

    /// Explanation of this occurrence.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Seconds to wait before a retry.
    pub(crate) fn retry_after(&self) -> u64 {
        let own = self.header.as_deref().filter(|(name, _)| name == RETRY_AFTER);
        let seconds = own.and_then(|(_, value)| value.to_str().ok()?.parse().ok());
        seconds.unwrap_or(1)
    }

    /// Kind of problem.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// Renders the response to `request`.
    fn answer(&self, request: &HttpRequest) -> HttpResponse {
        self.report();
        let mut answer = HttpResponse::build(self.code.status());
        for header in headers(self.code) {
            answer.insert_header(header);
        }
        if let Some((name, value)) = self.header.as_deref() {
            answer.insert_header((name, value));
        }
        let format = request.extensions().get::<ErrorFormat>().copied();
        if format.is_some() && self.code.status() == StatusCode::UNAUTHORIZED {
            // Dialects report token errors in the body only.
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let mut answer = match format {
            None => answer.content_type(MEDIA_TYPE).json(ProblemBody::new(self, request)),
            Some(format) => answer.json(format.body(self)),
        };
        answer.extensions_mut().insert(Rendered);
        answer
    }

    /// Logs the cause of a server error, or of a request refused for lack of capacity.
    fn report(&self) {
        let Some(cause) = &self.cause else { return };
        let (code, error) = (self.code.as_str(), Causes(cause.as_ref()));
        let is_refusal = matches!(
            self.code,
            Code::Overloaded | Code::QueryTooExpensive | Code::Moving | Code::Capacity
        );
        if is_refusal {
            tracing::warn!(code, %error, "request refused");
        } else {
            tracing::error!(code, %error, "request failed");
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.title())
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    /// Placeholder, because only [`render()`] knows the request.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

/// Headers of every problem of this kind, with default values.
pub(crate) fn headers(code: Code) -> impl Iterator<Item = (&'static str, &'static str)> {
    let challenge = challenge(code).map(|challenge| ("WWW-Authenticate", challenge));
    let retry_after = retry_after(code).map(|seconds| ("Retry-After", seconds));
    challenge.into_iter().chain(retry_after)
}

/// `WWW-Authenticate` challenge; names an error only if the request had a token (RFC 6750, section
/// 3).
fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::TokenInvalid | Code::TokenExpired => Some("Bearer error=\"invalid_token\""),
        Code::InsufficientUserAuthentication => {
            Some("Bearer error=\"insufficient_user_authentication\"")
        }
        _ if code.status() == StatusCode::UNAUTHORIZED => Some("Bearer"),
        _ => None,
    }
}

/// Default `Retry-After`, in seconds.
fn retry_after(code: Code) -> Option<&'static str> {
    match code {
        Code::RateLimited | Code::TooManyAttempts => Some("1"),
        Code::Contended | Code::IdempotencyKeyInUse => Some("1"),
        _ if code.status() == StatusCode::SERVICE_UNAVAILABLE => Some("2"),
        _ => None,
    }
}
