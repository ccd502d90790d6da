//! Errors in the format of a dialect.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::{Error, HttpResponse, ResponseError};
use domain::service;
use serde_json::{Value, json};

use super::form::ValidationItem;
use crate::problem::{Problem, Rendered};

/// Error of an operation of a dialect.
#[derive(Debug)]
pub(super) enum DialectError {
    /// Error with a text of the operation.
    Detail(DetailError),
    /// Error with the text that the dialect has for all operations.
    Problem(Problem),
}

/// Error with the body `{"detail": ...}`.
#[derive(Debug)]
pub(super) struct DetailError {
    status: StatusCode,
    detail: Value,
}

impl DialectError {
    /// Creates an error with this status and `detail`.
    pub(super) fn new(status: StatusCode, detail: impl Into<Value>) -> Self {
        Self::Detail(DetailError { status, detail: detail.into() })
    }

    /// Creates a validation error.
    pub(super) fn invalid(items: &[ValidationItem]) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, json!(items))
    }
}

impl From<Problem> for DialectError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<service::Error> for DialectError {
    fn from(error: service::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<DialectError> for Error {
    fn from(refusal: DialectError) -> Self {
        match refusal {
            DialectError::Detail(detail_error) => detail_error.into(),
            DialectError::Problem(problem) => problem.into(),
        }
    }
}

impl fmt::Display for DetailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.detail)
    }
}

impl ResponseError for DetailError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let mut answer = answer.json(json!({ "detail": self.detail }));
        answer.extensions_mut().insert(Rendered);
        answer
    }
}
