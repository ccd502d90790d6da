//! The time.

use std::time::Duration;

use crate::model::Timestamp;

/// The time, as the only source of it.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;

    /// How long this clock has been running. MUST never go back, whatever becomes of the present.
    fn uptime(&self) -> Duration;
}
