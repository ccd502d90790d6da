//! Rate quotas and failed attempts.

mod attempts;
mod quota;

pub use attempts::{Account, AttemptKey, Attempts, Failures};
pub use quota::{Nodes, Quota, QuotaWindow, RateLimit};
