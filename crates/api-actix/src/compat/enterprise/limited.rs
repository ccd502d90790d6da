//! Body of 429 responses in this dialect.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::Problem;

/// Rate limit error.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseRateLimited)]
pub(in crate::compat) struct RateLimitBody {
    detail: LimitDetail,
}

/// Details of a rate limit error.
#[derive(Serialize, ToSchema)]
#[schema(as = EnterpriseTooMuch)]
pub(in crate::compat) struct LimitDetail {
    /// Always `Rate limit exceeded`.
    #[schema(example = "Rate limit exceeded")]
    error: &'static str,
    /// Human-readable message.
    #[schema(example = "Too many requests. Try again in 42 seconds.")]
    message: String,
    /// Seconds to wait before a retry, as in `Retry-After`.
    #[schema(minimum = 1, example = 42)]
    retry_after: u64,
}

impl LimitDetail {
    /// Builds the body for `problem`: too many requests or too many failed logins.
    pub(super) fn of(problem: &Problem) -> Self {
        let retry_after = problem.retry_after();
        let message = format!("{}. Try again in {retry_after} seconds.", problem.code().title());
        Self { error: "Rate limit exceeded", message, retry_after }
    }
}
