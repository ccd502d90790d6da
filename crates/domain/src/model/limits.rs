//! Rate quotas and failed attempts.

mod attempts;
mod quota;

pub use attempts::{Account, AttemptKey, Attempts, Failures};
pub use quota::{Nodes, QuotaWindow, RateLimit, RateQuota};
