//! 429, which this dialect tells in an object.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Why too much was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseRateLimited)]
pub(in crate::compat) struct Limited {
    detail: TooMuch,
}

/// What was too much, and when it will not be any more.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseTooMuch)]
pub(in crate::compat) struct TooMuch {
    /// Always the same.
    #[schema(example = "Rate limit exceeded")]
    error: &'static str,
    /// What it was, for people.
    #[schema(example = "Too many requests. Try again in 42 seconds.")]
    message: String,
    /// After how many seconds to send the request again, as in `Retry-After`.
    #[schema(minimum = 1, example = 42)]
    retry_after: u64,
}

impl TooMuch {
    /// In a request, or in attempts to log in.
    pub(super) fn of(problem: &Problem) -> Self {
        let retry_after = problem.retry_after();
        let message = format!("{}. Try again in {retry_after} seconds.", problem.code().title());
        Self { error: "Rate limit exceeded", message, retry_after }
    }
}
