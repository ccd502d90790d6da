//! Bodies and responses of any length: how many an organization has at once, and how slow they may be.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use bulkhead::{Bulkhead, Limits, Permit};
use domain::model::OrganizationId;
use domain::service::Caller;

use crate::problem::{Code, Problem};

/// Bounds of imports and exports.
#[derive(Debug, Clone, Copy)]
pub struct StreamOptions {
    /// Imports and exports of one organization at once, together.
    pub per_organization: usize,
    /// The least rate at which a client sends an import or takes an export.
    pub least_rate: LeastRate,
    /// How long nothing may come of an import.
    pub silence: Duration,
    /// After this time since its first line, a batch of an import is written although it is not full.
    pub batch: Duration,
}

/// A least number of bytes in a window of time that a client is waited for. What the server takes for its own work
/// is not counted.
#[derive(Debug, Clone, Copy)]
pub struct LeastRate {
    /// The bytes.
    pub bytes: usize,
    /// The length of the window.
    pub window: Duration,
}

/// The imports and exports under way. Clones share them.
#[derive(Clone)]
pub struct Streams {
    options: StreamOptions,
    open: Arc<Bulkhead<OrganizationId>>,
}

/// The place of one import or export, until it ends; the operator has as many as it likes.
pub(crate) struct Place(
    #[expect(dead_code, reason = "held until it is dropped")] Option<Permit<OrganizationId>>,
);

/// What a client sent or took in the present window.
#[derive(Debug)]
pub(crate) struct Pace {
    least: LeastRate,
    waited: Duration,
    bytes: usize,
}

impl Default for StreamOptions {
    /// 1 KiB a second over a minute.
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
    /// None yet, within these bounds.
    #[must_use]
    pub fn new(options: StreamOptions) -> Self {
        let limits = Limits {
            total: usize::MAX,
            per_key: options.per_organization,
            waiting_per_key: 0,
            waiting: 0,
            longest_wait: Duration::ZERO,
        };
        Self { options, open: Bulkhead::new(limits) }
    }

    /// The bounds.
    pub(crate) fn options(&self) -> StreamOptions {
        self.options
    }

    /// Begins an import or export for `caller`.
    pub(crate) fn open(&self, caller: &Caller) -> Result<Place, Problem> {
        match caller {
            Caller::Operator(_) => Ok(Place::UNLIMITED),
            Caller::Admin(admin) => self.open_of(admin.organization().id()),
        }
    }

    /// Begins an import or export of `organization`.
    pub(crate) fn open_of(&self, organization: &OrganizationId) -> Result<Place, Problem> {
        let permit = self.open.try_acquire(organization, 1);
        let permit = permit.map_err(|_| {
            // Nobody knows when one of them ends.
            Problem::new(Code::TooManyStreams).with_header(RETRY_AFTER, HeaderValue::from(5))
        })?;
        Ok(Place(Some(permit)))
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

impl Place {
    /// That of the operator.
    pub(crate) const UNLIMITED: Self = Self(None);
}

impl Pace {
    pub(crate) fn new(least: LeastRate) -> Self {
        Self { least, waited: Duration::ZERO, bytes: 0 }
    }

    /// Notes that the client was `waited` for, and sent or took so many bytes. Tells whether it is fast enough.
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
    fn the_rate_counts_in_windows_of_waiting() {
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
