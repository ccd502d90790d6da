//! The time.

use std::time::Duration;

use crate::model::Timestamp;

/// The time, as the only source of it.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// How long this process has been at work. MUST never go back, unlike the present, which people and
    /// time servers set.
    fn uptime(&self) -> Duration;
}
