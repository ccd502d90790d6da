//! The time.

use crate::model::Timestamp;

/// The time, as the only source of it.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
}
