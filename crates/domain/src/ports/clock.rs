//! Clock.

use std::time::Duration;

use crate::model::Timestamp;

/// The only source of time.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;

    /// Time since this process started. MUST be monotonic, unlike [`Self::now`], which
    /// administrators and time servers can set back.
    fn uptime(&self) -> Duration;
}
