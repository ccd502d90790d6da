//! Failures in the words of a dialect.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use actix_web::{Error, HttpResponse, ResponseError};
use domain::service;
use serde_json::{Value, json};

use super::form::Item;
use crate::problem::{Problem, Rendered};

/// Why an operation of a dialect was not carried out.
#[derive(Debug)]
pub(super) enum Refusal {
    /// In words of its own.
    Said(Said),
    /// In those that its dialect has for every operation.
    Problem(Problem),
}

/// A failure with the body that its client reads: `{"detail": ...}`.
#[derive(Debug)]
pub(super) struct Said {
    status: StatusCode,
    detail: Value,
}

impl Refusal {
    /// In these words.
    pub(super) fn new(status: StatusCode, detail: impl Into<Value>) -> Self {
        Self::Said(Said { status, detail: detail.into() })
    }

    /// Values that can't be used.
    pub(super) fn invalid(items: &[Item]) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, json!(items))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<service::Error> for Refusal {
    fn from(error: service::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Said(said) => said.into(),
            Refusal::Problem(problem) => problem.into(),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.detail)
    }
}

impl ResponseError for Said {
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
