//! Imports, exports and verifications: concurrency limit per organization, and minimum rate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::OrganizationId;
use domain::service::Caller;

use crate::problem::{Code, Problem};

/// Limits of imports, exports and verifications.
#[derive(Debug, Clone, Copy)]
pub struct StreamOptions {
    /// Maximum number of concurrent imports, exports and verifications of one organization,
    /// together.
    pub per_organization: usize,
    /// The minimum rate at which a client sends an import or receives an export.
    pub least_rate: LeastRate,
    /// Maximum time without a byte of an import.
    pub silence: Duration,
    /// Maximum time from the first line of an import batch to its write.
    pub batch: Duration,
}

/// A minimum number of bytes in a window of time. Only time in which the server waits for the
/// client counts.
#[derive(Debug, Clone, Copy)]
pub struct LeastRate {
    /// Minimum number of bytes per window.
    pub bytes: usize,
    /// Length of the window.
    pub window: Duration,
}

/// Running imports, exports and verifications. Clones share the state.
#[derive(Clone)]
pub struct Streams {
    options: StreamOptions,
    open: Arc<Bulkhead<OrganizationId>>,
}

/// Permit of one import, export or verification, held until it ends. The operator is not limited.
pub(crate) struct StreamPermit(
    #[expect(dead_code, reason = "held until it is dropped")] Option<Permit<OrganizationId>>,
);

/// Bytes that a client sent or received in the current window.
#[derive(Debug)]
pub(crate) struct Pace {
    least: LeastRate,
    waited: Duration,
    bytes: usize,
}

impl Default for StreamOptions {
    /// 1 KiB per second over a minute.
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self {
            per_organization: 8,
            least_rate: LeastRate { bytes: 60 * 1024, window: minute },
            silence: Duration::from_secs(30),
            batch: minute,
        }
    }
}

impl Streams {
    /// Creates the limits.
    #[must_use]
    pub fn new(options: StreamOptions) -> Self {
        let limits = Limits {
            total: usize::MAX,
            per_key: options.per_organization,
            waiting_per_key: 0,
            waiting: 0,
            max_wait: Duration::ZERO,
        };
        Self { options, open: Bulkhead::new(limits) }
    }

    /// Returns the limits.
    pub(crate) fn options(&self) -> StreamOptions {
        self.options
    }

    /// Starts an import, export or verification for `caller`.
    pub(crate) fn open(&self, caller: &Caller) -> Result<StreamPermit, Problem> {
        match caller {
            Caller::Operator(_) => Ok(StreamPermit::UNLIMITED),
            Caller::Admin(admin) => self.open_of(admin.organization().id()),
        }
    }

    /// Starts an import or export of `organization`.
    pub(crate) fn open_of(&self, organization: &OrganizationId) -> Result<StreamPermit, Problem> {
        let permit = self.open.try_acquire(organization, 1);
        let permit = permit.map_err(|_| {
            // It is unknown when a running one ends.
            Problem::new(Code::TooManyStreams).with_header(RETRY_AFTER, HeaderValue::from(5))
        })?;
        Ok(StreamPermit(Some(permit)))
    }
}

impl Default for Streams {
    fn default() -> Self {
        Self::new(StreamOptions::default())
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.options.fmt(f)
    }
}

impl StreamPermit {
    /// Permit of the operator.
    pub(crate) const UNLIMITED: Self = Self(None);
}

impl Pace {
    pub(crate) fn new(least: LeastRate) -> Self {
        Self { least, waited: Duration::ZERO, bytes: 0 }
    }

    /// Records a wait for the client and the bytes that it sent or received. Returns whether it is
    /// fast enough.
    pub(crate) fn note(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.waited < self.least.window {
            return true;
        }
        let is_enough = self.bytes >= self.least.bytes;
        *self = Self::new(self.least);
        is_enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_rate_is_measured_in_windows_of_waiting() {
        let least = LeastRate { bytes: 100, window: Duration::from_secs(60) };
        let second = Duration::from_secs;
        let mut pace = Pace::new(least);
        assert!(pace.note(second(59), 0), "it may come at once in the end");
        assert!(pace.note(second(1), 100));
        assert!(pace.note(second(59), 99));
        assert!(!pace.note(second(1), 0), "the first window is not counted in the second one");
        let mut fast = Pace::new(least);
        assert!((0..1000).all(|_| fast.note(Duration::ZERO, 0)), "the server is at work");
        let mut blanks = Pace::new(least);
        let notes = (0..).take_while(|_| blanks.note(second(12), 1)).count();
        assert_eq!(notes, 4, "a blank every 12 seconds ends after a minute");
    }
}
