//! Rate limits of requests.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Invalid;

/// Maximum number of requests in a window; 0 means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct RateLimit(u32);

/// Length of a window: whole seconds, up to a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaWindow(NonZeroU32);

/// A number of requests per window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateQuota {
    limit: NonZeroU32,
    window: QuotaWindow,
}

/// Number of processes that serve an installation, this one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nodes(NonZeroU32);

impl RateLimit {
    /// Upper bound of the setting.
    pub const MAX: u64 = 1_000_000_000;
    /// No limit.
    pub const OFF: Self = Self(0);

    /// Accepts 0 to [`RateLimit::MAX`].
    ///
    /// # Errors
    /// [`Invalid`] for a greater number.
    pub fn parse(requests: u64) -> Result<Self, Invalid> {
        match u32::try_from(requests) {
            Ok(limit) if requests <= Self::MAX => Ok(Self(limit)),
            _ => Err(Invalid::Format("must be a whole number from 0 to 1000000000")),
        }
    }

    /// The number of requests.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }

    /// Half of the limit, rounded down, and at least 1; no limit stays no limit.
    #[must_use]
    pub fn half(self) -> Self {
        self.at_least_one(self.0 / 2)
    }

    /// A tenth of the limit, with the same rounding.
    #[must_use]
    pub fn tenth(self) -> Self {
        self.at_least_one(self.0 / 10)
    }

    /// A thousandth of the limit, with the same rounding.
    #[must_use]
    pub fn thousandth(self) -> Self {
        self.at_least_one(self.0 / 1000)
    }

    fn at_least_one(self, part: u32) -> Self {
        Self(part.max(self.0.min(1)))
    }
}

impl TryFrom<u64> for RateLimit {
    type Error = Invalid;

    fn try_from(requests: u64) -> Result<Self, Invalid> {
        Self::parse(requests)
    }
}

impl From<RateLimit> for u64 {
    fn from(limit: RateLimit) -> Self {
        limit.0.into()
    }
}

impl QuotaWindow {
    /// Maximum number of seconds.
    pub const MAX_SECONDS: u32 = 24 * 60 * 60;
    /// One minute.
    pub const MINUTE: Self = Self(NonZeroU32::MIN.saturating_add(59));
    /// One hour.
    pub const HOUR: Self = Self(NonZeroU32::MIN.saturating_add(60 * 60 - 1));
    /// One day.
    pub const DAY: Self = Self(NonZeroU32::MIN.saturating_add(Self::MAX_SECONDS - 1));

    /// Accepts 1 to [`QuotaWindow::MAX_SECONDS`]; none for any other number.
    #[must_use]
    pub fn of_seconds(seconds: u32) -> Option<Self> {
        NonZeroU32::new(seconds).filter(|window| window.get() <= Self::MAX_SECONDS).map(Self)
    }

    /// Length in seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0.get()
    }

    /// Length.
    #[must_use]
    pub fn length(self) -> Duration {
        Duration::from_secs(self.seconds().into())
    }
}

impl RateQuota {
    /// `limit` requests per `window`; none when there is no limit.
    #[must_use]
    pub fn new(limit: RateLimit, window: QuotaWindow) -> Option<Self> {
        Some(Self { limit: NonZeroU32::new(limit.0)?, window })
    }

    /// The number of requests.
    #[must_use]
    pub fn limit(self) -> u32 {
        self.limit.get()
    }

    /// The window.
    #[must_use]
    pub fn window(self) -> QuotaWindow {
        self.window
    }

    /// How many of the requests one of `nodes` admits: all of them on a single node; otherwise such
    /// a share that all nodes together admit at most one and a half times the limit. Rounded down,
    /// but at least 1: with more nodes than that, each admits one request.
    #[must_use]
    pub fn share(self, nodes: Nodes) -> u32 {
        let (limit, nodes) = (u64::from(self.limit()), u64::from(nodes.get()));
        let share = (3 * limit / (2 * nodes)).clamp(1, limit);
        u32::try_from(share).unwrap_or(u32::MAX)
    }
}

impl Nodes {
    /// One.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// Converts a count. The caller itself is alive, so the result is at least 1.
    #[must_use]
    pub fn counted(number: u64) -> Self {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        Self(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(limit: u64, nodes: u64) -> u64 {
        let limit = RateLimit::parse(limit).unwrap();
        let quota = RateQuota::new(limit, QuotaWindow::MINUTE).unwrap();
        quota.share(Nodes::counted(nodes)).into()
    }

    #[test]
    fn a_single_node_allows_the_whole_limit() {
        for limit in [1, 5, 1000, RateLimit::MAX] {
            assert_eq!((share(limit, 0), share(limit, 1)), (limit, limit));
        }
    }

    #[test]
    fn all_nodes_together_allow_at_most_one_and_a_half_times_the_limit() {
        for limit in (1..=200).chain([1000, 999_999, RateLimit::MAX]) {
            for nodes in 2..=50 {
                let sum = nodes * share(limit, nodes);
                assert!(2 * sum <= 3 * limit || sum == nodes, "{limit} on {nodes}: {sum}");
            }
        }
    }

    /// Of evenly spread requests, none is refused below the limit.
    #[test]
    fn nodes_with_equal_load_allow_the_whole_limit() {
        for limit in (1..=200).chain([1000, 999_999, RateLimit::MAX]) {
            for nodes in (1..=50).filter(|nodes| 3 * limit >= 4 * nodes) {
                assert!(share(limit, nodes) >= limit.div_ceil(nodes), "{limit} on {nodes}");
            }
        }
    }

    #[test]
    fn a_limit_is_zero_or_up_to_a_billion() {
        assert_eq!(RateLimit::parse(0), Ok(RateLimit::OFF));
        assert!(RateQuota::new(RateLimit::OFF, QuotaWindow::MINUTE).is_none());
        assert_eq!(RateLimit::parse(RateLimit::MAX).unwrap().get(), 1_000_000_000);
        for above in [RateLimit::MAX + 1, u64::from(u32::MAX) + 1, u64::MAX] {
            assert!(RateLimit::parse(above).is_err(), "{above}");
        }
    }

    #[test]
    fn fractions_of_a_limit_are_at_least_one_and_zero_stays_zero() {
        for (limit, half, tenth, thousandth) in
            [(0, 0, 0, 0), (1, 1, 1, 1), (9, 4, 1, 1), (25, 12, 2, 1), (5000, 2500, 500, 5)]
        {
            let limit = RateLimit::parse(limit).unwrap();
            let parts = [limit.half(), limit.tenth(), limit.thousandth()].map(RateLimit::get);
            assert_eq!(parts, [half, tenth, thousandth], "{limit:?}");
        }
    }

    #[test]
    fn a_window_is_between_a_second_and_a_day() {
        assert_eq!(QuotaWindow::of_seconds(60), Some(QuotaWindow::MINUTE));
        assert_eq!(QuotaWindow::of_seconds(0), None);
        assert!(QuotaWindow::of_seconds(QuotaWindow::MAX_SECONDS).is_some());
        assert_eq!(QuotaWindow::of_seconds(QuotaWindow::MAX_SECONDS + 1), None);
    }
}
